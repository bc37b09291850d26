#!/usr/bin/env bash
# The vendor's service model of SageMaker, as botocore ships it.
#   botocore.sh install | path     install once | print the model's path
set -euo pipefail
cd "$(dirname "$0")/.."
venv=$PWD/.cache/botocore
case ${1:-} in
  install) scripts/venv.sh "$venv" scripts/botocore-requirements.txt ;;
  path)
    scripts/venv.sh "$venv" scripts/botocore-requirements.txt >&2
    ls "$venv"/lib/python3*/site-packages/botocore/data/sagemaker/2017-07-24/service-2.json.gz ;;
  *) sed -n '2,3s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
