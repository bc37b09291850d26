select id, null as remark from {{ ref('stg_orders') }}
