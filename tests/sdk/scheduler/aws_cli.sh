base=us-east-1:000000000000
scheduler() { aws scheduler "$@" --output text; }
group=arn:aws:scheduler:$base:schedule-group/team
target="Arn=arn:aws:sqs:$base:jobs,RoleArn=arn:aws:iam::000000000000:role/any,Input=hello"
off=Mode=OFF

[ "$(scheduler create-schedule-group --name team)" = "$group" ]
[ "$(scheduler get-schedule-group --name team --query State)" = ACTIVE ]
[ "$(scheduler list-schedule-groups --query 'ScheduleGroups[].Name')" = $'default\tteam' ]
scheduler tag-resource --resource-arn "$group" --tags Key=team,Value=blue
[ "$(scheduler list-tags-for-resource --resource-arn "$group" --query 'Tags[0].Value')" = blue ]
scheduler untag-resource --resource-arn "$group" --tag-keys team

scheduler create-schedule --name hourly --group-name team --schedule-expression 'rate(1 hour)' \
  --flexible-time-window $off --target "$target" >/dev/null
url=$(aws sqs get-queue-url --queue-name jobs --output text)
[ "$(aws sqs receive-message --queue-url "$url" --wait-time-seconds 20 --query 'Messages[0].Body' --output text)" = hello ]
[ "$(scheduler get-schedule --name hourly --group-name team --query State)" = ENABLED ]
scheduler update-schedule --name hourly --group-name team --schedule-expression 'cron(0 12 ? * 2#1 *)' \
  --flexible-time-window $off --target "$target" >/dev/null
[ "$(scheduler list-schedules --group-name team --query 'Schedules[].Name')" = hourly ]

refused ValidationException scheduler create-schedule --name x --schedule-expression 'cron(0 0 31 2 ? *)' \
  --flexible-time-window $off --target "$target"
refused ResourceNotFoundException scheduler get-schedule --name hourly
scheduler delete-schedule --name hourly --group-name team
scheduler delete-schedule-group --name team
