url=$(aws sqs create-queue --queue-name jobs --attributes DelaySeconds=0 --tags team=blue --query QueueUrl --output text)
[ "$(aws sqs get-queue-url --queue-name jobs --query QueueUrl --output text)" = "$url" ]
[ "$(aws sqs list-queues --query 'length(QueueUrls)')" = 1 ]
[ "$(aws sqs list-queue-tags --queue-url "$url" --query Tags.team --output text)" = blue ]

aws sqs tag-queue --queue-url "$url" --tags cost=7
aws sqs untag-queue --queue-url "$url" --tag-keys cost
aws sqs add-permission --queue-url "$url" --label send --aws-account-ids 123456789012 --actions SendMessage
aws sqs remove-permission --queue-url "$url" --label send
refused InvalidParameterValue aws sqs remove-permission --queue-url "$url" --label send

attributes='{"kind":{"DataType":"String","StringValue":"x"}}'
sent=$(aws sqs send-message --queue-url "$url" --message-body 'hello, queue' --message-attributes "$attributes" \
  --query MessageId --output text)
received=$(aws sqs receive-message --queue-url "$url" --attribute-names All --message-attribute-names All \
  --query 'Messages[0].[MessageId,Body,MessageAttributes.kind.StringValue,Attributes.ApproximateReceiveCount]' --output text)
[ "$received" = "$sent	hello, queue	x	1" ]
[ "$(aws sqs get-queue-attributes --queue-url "$url" --attribute-names All \
  --query Attributes.ApproximateNumberOfMessagesNotVisible --output text)" = 1 ]

aws sqs send-message-batch --queue-url "$url" --entries Id=a,MessageBody=1 Id=b,MessageBody=2 \
  --query 'length(Successful)' | grep -qx 2
handle=$(aws sqs receive-message --queue-url "$url" --query 'Messages[0].ReceiptHandle' --output text)
aws sqs change-message-visibility --queue-url "$url" --receipt-handle "$handle" --visibility-timeout 60
aws sqs delete-message --queue-url "$url" --receipt-handle "$handle"
handle=$(aws sqs receive-message --queue-url "$url" --query 'Messages[0].ReceiptHandle' --output text)
[ "$(aws sqs change-message-visibility-batch --queue-url "$url" \
  --entries "Id=a,ReceiptHandle=$handle,VisibilityTimeout=60" --query 'Successful[].Id' --output text)" = a ]
[ "$(aws sqs delete-message-batch --queue-url "$url" --entries "Id=a,ReceiptHandle=$handle" Id=b,ReceiptHandle=x \
  --query '[Successful[].Id,Failed[].Code][]' --output text)" = 'a	ReceiptHandleIsInvalid' ]
aws sqs purge-queue --queue-url "$url"

dead=$(aws sqs create-queue --queue-name dead --query QueueUrl --output text)
dead_arn=arn:aws:sqs:us-east-1:000000000000:dead
aws sqs set-queue-attributes --queue-url "$url" --attributes \
  "{\"VisibilityTimeout\":\"0\",\"RedrivePolicy\":\"{\\\"deadLetterTargetArn\\\":\\\"$dead_arn\\\",\\\"maxReceiveCount\\\":1}\"}"
[ "$(aws sqs list-dead-letter-source-queues --queue-url "$dead" --query 'queueUrls[0]' --output text)" = "$url" ]
aws sqs send-message --queue-url "$url" --message-body poison >/dev/null
aws sqs receive-message --queue-url "$url" >/dev/null
[ -z "$(aws sqs receive-message --queue-url "$url")" ]
aws sqs delete-queue --queue-url "$dead"

refused AWS.SimpleQueueService.PurgeQueueInProgress aws sqs purge-queue --queue-url "$url"
refused AWS.SimpleQueueService.NonExistentQueue aws sqs get-queue-url --queue-name nothing
refused ReceiptHandleIsInvalid aws sqs delete-message --queue-url "$url" --receipt-handle x
aws sqs delete-queue --queue-url "$url"
[ -z "$(aws sqs list-queues --query QueueUrls --output text | grep -v None)" ]
