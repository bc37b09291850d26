{{ config(alias='archived') }}
select id from {{ ref('stg_orders') }}
