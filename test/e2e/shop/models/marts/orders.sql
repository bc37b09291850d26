select id, customer, amount from {{ ref('stg_orders') }}
