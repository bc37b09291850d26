select buyer as customer, sum(amount) as revenue from {{ ref('stg_orders') }} group by buyer
