select id from {{ ref('old_report') }}
