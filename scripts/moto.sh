#!/usr/bin/env bash
# The moto server, which answers as AWS does, and botocore's service model of SageMaker, in .cache/moto.
#   moto.sh install | server | model     make the environment once | print the server's path | print the model's
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
venv=$root/.cache/moto
install() { "$root/scripts/venv.sh" "$venv" "$root/scripts/moto-requirements.txt" >&2; }
case ${1:-} in
  install) install ;;
  server) install; echo "$venv/bin/moto_server" ;;
  model) install; ls "$venv"/lib/python3*/site-packages/botocore/data/sagemaker/2017-07-24/service-2.json.gz ;;
  *) sed -n '2,3s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
