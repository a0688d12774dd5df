aws lambda invoke --function-name hello --payload '{}' --cli-binary-format raw-in-base64-out /dev/null >/dev/null
tail=$(aws logs tail /aws/lambda/hello --since 1h --format short)
[[ $tail == *'hello from $LATEST'* && $tail == *'REPORT RequestId'* ]] || {
  echo "tail said: $tail" >&2
  exit 1
}
aws logs filter-log-events --log-group-name /aws/lambda/hello --filter-pattern hello \
  --query 'events[].message' --output text | grep -q '^hello from'
aws lambda invoke --function-name hello --payload '{"log": {"level": "error", "took": 12}}' \
  --cli-binary-format raw-in-base64-out /dev/null >/dev/null
[[ $(aws logs filter-log-events --log-group-name /aws/lambda/hello \
  --filter-pattern '{ $.level = "error" && $.took > 10 }' --query 'events[].message' --output text) == '{"level": "error"'* ]]
[[ -z $(aws logs filter-log-events --log-group-name /aws/lambda/hello \
  --filter-pattern '{ $.level = "info" }' --query 'events[].message' --output text) ]]
refused InvalidParameterException aws logs filter-log-events --log-group-name /aws/lambda/hello --filter-pattern '{ $.level }'
[[ $(aws logs describe-log-groups --query 'logGroups[].logGroupName' --output text) == /aws/lambda/hello ]]
stream=$(aws logs describe-log-streams --log-group-name /aws/lambda/hello \
  --query 'logStreams[0].logStreamName' --output text)
aws logs get-log-events --log-group-name /aws/lambda/hello --log-stream-name "$stream" \
  --query 'events[].message' --output text | grep -q START
refused ResourceNotFoundException aws logs tail /aws/lambda/nobody
# It has begun once it shows what was before, shows a call that came later, and is ended then.
coproc follow {
  exec /usr/bin/aws --endpoint-url "$AWS_ENDPOINT_URL" logs tail /aws/lambda/hello \
    --follow --since 1h --format short
}
read -r -u "${follow[0]}" line
aws lambda invoke --function-name hello --payload '{"log": {"level": "followed"}}' \
  --cli-binary-format raw-in-base64-out /dev/null >/dev/null
while read -r -u "${follow[0]}" line && [[ $line != *followed* ]]; do :; done
follower=$follow_PID
kill "$follower"
wait "$follower" || true
[[ $line == *followed* ]]
