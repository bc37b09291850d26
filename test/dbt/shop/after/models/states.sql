select id, status from {{ ref('stg_orders') }}
