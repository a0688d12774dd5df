topic=$(aws sns create-topic --name news --attributes DisplayName=News --tags Key=team,Value=blue --query TopicArn --output text)
[ "$topic" = arn:aws:sns:us-east-1:000000000000:news ]
[ "$(aws sns list-topics --query 'Topics[0].TopicArn' --output text)" = "$topic" ]
[ "$(aws sns list-tags-for-resource --resource-arn "$topic" --query 'Tags[0].Value' --output text)" = blue ]

aws sns tag-resource --resource-arn "$topic" --tags Key=cost,Value=7
aws sns untag-resource --resource-arn "$topic" --tag-keys cost team
[ "$(aws sns list-tags-for-resource --resource-arn "$topic" --query 'length(Tags)')" = 0 ]
aws sns set-topic-attributes --topic-arn "$topic" --attribute-name DisplayName --attribute-value Today
[ "$(aws sns get-topic-attributes --topic-arn "$topic" --query Attributes.DisplayName --output text)" = Today ]
aws sns add-permission --topic-arn "$topic" --label send --aws-account-id 123456789012 --action-name Publish
aws sns remove-permission --topic-arn "$topic" --label send
refused InvalidParameter aws sns confirm-subscription --topic-arn "$topic" --token x

url=$(aws sqs create-queue --queue-name jobs --query QueueUrl --output text)
queue=arn:aws:sqs:us-east-1:000000000000:jobs
subscription=$(aws sns subscribe --topic-arn "$topic" --protocol sqs --notification-endpoint "$queue" \
  --attributes '{"RawMessageDelivery":"true","FilterPolicy":"{\"kind\":[\"sport\"]}"}' --query SubscriptionArn --output text)
[ "$(aws sns get-subscription-attributes --subscription-arn "$subscription" \
  --query Attributes.FilterPolicyScope --output text)" = MessageAttributes ]

aws sns set-subscription-attributes --subscription-arn "$subscription" \
  --attribute-name FilterPolicy --attribute-value '{"kind":["sport","arts"]}'
aws sns publish --topic-arn "$topic" --message 'not wanted'
attributes='{"kind":{"DataType":"String","StringValue":"sport"}}'
aws sns publish --topic-arn "$topic" --message 'hello, queue' --message-attributes "$attributes"
[ "$(aws sqs receive-message --queue-url "$url" --wait-time-seconds 10 --query 'Messages[0].Body' --output text)" = 'hello, queue' ]
aws sns publish-batch --topic-arn "$topic" --publish-batch-request-entries Id=a,Message=1 Id=b,Message=2 \
  --query 'length(Successful)' | grep -qx 2

refused NotFound aws sns publish --topic-arn "${topic}s" --message x
refused InvalidParameter aws sns publish --topic-arn news --message x
refused InvalidParameter aws sns subscribe --topic-arn "$topic" --protocol pigeon --notification-endpoint x
aws sns unsubscribe --subscription-arn "$subscription"
[ "$(aws sns list-subscriptions --query 'Subscriptions[].Protocol' --output text)" = '' ]
[ "$(aws sns list-subscriptions-by-topic --topic-arn "$topic" --query 'length(Subscriptions)')" = 0 ]
aws sns delete-topic --topic-arn "$topic"
[ "$(aws sns list-topics --query 'length(Topics)')" = 0 ]
