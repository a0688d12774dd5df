urls() { aws lambda "$@" --output text; }

made=$(urls create-function-url-config --function-name hello --auth-type NONE --query FunctionUrl)
[[ $made =~ ^http://[a-z0-9]{32}\.lambda-url\.us-east-1\.localhost:[0-9]+/$ ]]
[ "$(urls get-function-url-config --function-name hello --query FunctionUrl)" = "$made" ]
[ "$(urls list-function-url-configs --function-name hello --query 'FunctionUrlConfigs[].FunctionUrl')" = "$made" ]
[ "$(urls update-function-url-config --function-name hello --auth-type AWS_IAM --query AuthType)" = AWS_IAM ]
refused ResourceConflictException urls create-function-url-config --function-name hello --auth-type NONE
refused ResourceNotFoundException urls get-function-url-config --function-name nobody
urls delete-function-url-config --function-name hello
refused ResourceNotFoundException urls get-function-url-config --function-name hello
