functions() { aws lambda "$@" --output text; }
raw=(--cli-binary-format raw-in-base64-out)
cd "$STACK"

[ "$(functions invoke --function-name hello --payload '{"a":1}' "${raw[@]}" said.json --query StatusCode)" = 200 ]
grep -q '"a": *1' said.json
echo '{}' >arguments.json
[ "$(functions invoke-async --function-name hello --invoke-args arguments.json --query Status)" = 202 ]
refused ResourceNotFoundException functions invoke --function-name nobody said.json

zipped() {
  printf 'def handler(event, context):\n    return "%s"\n' "$1" >index.py
  rm -f code.zip
  python3 -m zipfile -c code.zip index.py
}
said() {
  functions invoke --function-name made "$@" said.json >/dev/null
  cat said.json
}

# A function's life.
zipped one
make=(create-function --function-name made --runtime python3.11 --handler index.handler
  --role arn:aws:iam::000000000000:role/x --zip-file fileb://code.zip --tags team=blue)
arn=$(functions "${make[@]}" --query FunctionArn)
refused ResourceConflictException functions "${make[@]}"
[ "$(functions list-functions --query 'Functions[].FunctionName')" = 'hello	made' ]
[ "$(said)" = '"one"' ]
[ "$(functions publish-version --function-name made --query Version)" = 1 ]
zipped two
functions update-function-code --function-name made --zip-file fileb://code.zip >/dev/null
functions wait function-updated-v2 --function-name made
[ "$(said):$(said --qualifier 1)" = '"two":"one"' ]
[ "$(functions list-versions-by-function --function-name made --query 'Versions[].Version')" = '$LATEST	1' ]
[ "$(functions update-function-configuration --function-name made --memory-size 256 --query MemorySize)" = 256 ]
[ "$(functions get-function-configuration --function-name made --query MemorySize)" = 256 ]
[ "$(functions get-function --function-name made --query Configuration.State)" = Active ]
curl -fsS -o made.zip "$(functions get-function --function-name made:1 --query Code.Location)"
python3 -m zipfile -e made.zip unpacked
grep -q '"one"' unpacked/index.py

functions create-alias --function-name made --name prod --function-version 1 >/dev/null
[ "$(functions update-alias --function-name made --name prod --description live --query Description)" = live ]
[ "$(functions get-alias --function-name made --name prod --query FunctionVersion)" = 1 ]
[ "$(functions list-aliases --function-name made --query 'Aliases[].Name')" = prod ]
prod=(--function-name made --qualifier prod)
functions put-provisioned-concurrency-config "${prod[@]}" --provisioned-concurrent-executions 1 >/dev/null
[ "$(functions get-provisioned-concurrency-config "${prod[@]}" --query RequestedProvisionedConcurrentExecutions)" = 1 ]
[ "$(functions list-provisioned-concurrency-configs --function-name made --query 'length(ProvisionedConcurrencyConfigs)')" = 1 ]
functions delete-provisioned-concurrency-config "${prod[@]}"
functions delete-alias --function-name made --name prod
refused ResourceNotFoundException functions get-alias --function-name made --name prod

functions put-function-concurrency --function-name made --reserved-concurrent-executions 0 >/dev/null
[ "$(functions get-function-concurrency --function-name made --query ReservedConcurrentExecutions)" = 0 ]
refused TooManyRequestsException functions invoke --function-name made said.json
functions delete-function-concurrency --function-name made
[ "$(functions get-account-settings --query AccountLimit.ConcurrentExecutions)" = 1000 ]

functions put-function-event-invoke-config --function-name made --maximum-retry-attempts 0 >/dev/null
functions update-function-event-invoke-config --function-name made --maximum-event-age-in-seconds 60 >/dev/null
[ "$(functions get-function-event-invoke-config --function-name made \
  --query '[MaximumRetryAttempts,MaximumEventAgeInSeconds]')" = '0	60' ]
[ "$(functions list-function-event-invoke-configs --function-name made --query 'length(FunctionEventInvokeConfigs)')" = 1 ]
functions delete-function-event-invoke-config --function-name made

functions add-permission --function-name made --statement-id sns --action lambda:InvokeFunction \
  --principal sns.amazonaws.com >/dev/null
functions get-policy --function-name made --query Policy | grep -q '"Sid": *"sns"'
functions remove-permission --function-name made --statement-id sns
functions tag-resource --resource "$arn" --tags size=small
functions untag-resource --resource "$arn" --tag-keys team
[ "$(functions list-tags --resource "$arn" --query Tags.size)" = small ]
functions delete-function --function-name made
refused ResourceNotFoundException functions get-function --function-name made
