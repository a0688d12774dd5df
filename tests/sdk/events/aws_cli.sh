base=us-east-1:000000000000
rule=arn:aws:events:$base:rule/orders
queue=arn:aws:sqs:$base:orders
events() { aws events "$@" --output text; }

[ "$(events put-rule --name orders --event-pattern '{"source":["shop"]}')" = "$rule" ]
[ "$(events describe-rule --name orders --query State)" = ENABLED ]
[ "$(events list-rules --query 'Rules[].Name')" = orders ]
events disable-rule --name orders
events enable-rule --name orders
events tag-resource --resource-arn "$rule" --tags Key=team,Value=blue
[ "$(events list-tags-for-resource --resource-arn "$rule" --query 'Tags[0].Value')" = blue ]
events untag-resource --resource-arn "$rule" --tag-keys team
[ "$(events put-targets --rule orders --targets "Id=1,Arn=$queue,InputPath=\$.detail" --query FailedEntryCount)" = 0 ]
[ "$(events list-targets-by-rule --rule orders --query 'Targets[0].Arn')" = "$queue" ]
[ "$(events list-rule-names-by-target --target-arn "$queue" --query RuleNames)" = orders ]

[ "$(events put-events --entries '[{"Source":"shop","DetailType":"o","Detail":"{\"total\":1}"}]' --query FailedEntryCount)" = 0 ]
url=$(aws sqs get-queue-url --queue-name orders --output text)
[ "$(aws sqs receive-message --queue-url "$url" --wait-time-seconds 20 --query 'Messages[0].Body' --output text)" = '{"total":1}' ]

event='{"id":"1","account":"x","source":"shop","time":"t","region":"r","resources":[],"detail-type":"o"}'
[ "$(events test-event-pattern --event-pattern '{"source":["shop"]}' --event "$event")" = True ]
[ "$(events describe-event-bus --query Name)" = default ]
[ "$(events list-event-buses --query 'EventBuses[].Name')" = default ]

refused ValidationException events put-rule --name x --schedule-expression 'cron(0 0 31 2 ? *)'
refused ResourceNotFoundException events describe-rule --name x
refused ValidationException events delete-rule --name orders
events remove-targets --rule orders --ids 1 >/dev/null
events delete-rule --name orders
