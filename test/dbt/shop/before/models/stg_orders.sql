select id, customer, amount, status, note from {{ ref('raw_orders') }}
