"""Great Expectations looks at the report.

check.py DIRECTORY

The OpenLineage action has the interface of before GE 1.0, which a checkpoint
of GE 1 does not call any more: it is called with its validator, and told the
path that it looks for in the batch's options.
"""

import sys

import great_expectations as gx
from great_expectations.core.run_identifier import RunIdentifier
from great_expectations.data_context.types.resource_identifiers import (
    ExpectationSuiteIdentifier,
    ValidationResultIdentifier,
)
from openlineage.common.provider.great_expectations.action import OpenLineageValidationAction

path = sys.argv[1]
context = gx.get_context(mode="ephemeral")
report = context.data_sources.add_pandas("files").add_parquet_asset("report", path=path)
suite = context.suites.add(
    gx.ExpectationSuite(
        name="report",
        expectations=[
            gx.expectations.ExpectColumnValuesToNotBeNull(column="amount"),
            gx.expectations.ExpectTableRowCountToBeBetween(min_value=1),
        ],
    )
)
validator = context.get_validator(batch_request=report.build_batch_request(), expectation_suite=suite)
result = validator.validate()
validator.active_batch.batch_request.options["path"] = path
action = OpenLineageValidationAction(name="openlineage", job_name="check_report")
action._run(
    result,
    ValidationResultIdentifier(ExpectationSuiteIdentifier("report"), RunIdentifier(run_name="check"), validator.active_batch.id),
    validator,
)
sys.exit(0 if result.success else 1)
