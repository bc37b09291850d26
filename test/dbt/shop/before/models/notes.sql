select id, note as remark from {{ ref('stg_orders') }}
