queue=arn:aws:sqs:us-east-1:000000000000:jobs
functions() { aws lambda "$@" --output text; }
url() { aws sqs get-queue-url --queue-name "$1" --output text; }

id=$(functions create-event-source-mapping --event-source-arn "$queue" --function-name work \
  --function-response-types ReportBatchItemFailures --query UUID)
[ "$(functions get-event-source-mapping --uuid "$id" --query State)" = Enabled ]
[ "$(functions list-event-source-mappings --function-name work --query 'EventSourceMappings[].UUID')" = "$id" ]
[ "$(functions update-event-source-mapping --uuid "$id" --batch-size 5 --query BatchSize)" = 5 ]
aws sqs send-message --queue-url "$(url jobs)" --message-body bad >/dev/null
[ "$(aws sqs receive-message --queue-url "$(url dead)" --wait-time-seconds 20 --query 'Messages[0].Body' --output text)" = bad ]
refused InvalidParameterValueException functions update-event-source-mapping --uuid "$id" --batch-size 11
refused ResourceNotFoundException functions create-event-source-mapping --event-source-arn "$queue" --function-name nothing
[ "$(functions delete-event-source-mapping --uuid "$id" --query State)" = Deleting ]
refused ResourceNotFoundException functions get-event-source-mapping --uuid "$id"
