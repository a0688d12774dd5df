aws ssm put-parameter --name /app/url --type String --value redis://one >/dev/null
aws ssm put-parameter --name /app/secret --type SecureString --value pass >/dev/null
get() { aws ssm get-parameter --name "$1" --with-decryption --query Parameter.Value --output text; }
[ "$(get /app/secret)" = pass ]
[ "$(aws ssm put-parameter --name /app/url --value redis://two --overwrite --query Version)" = 2 ]
[ "$(get /app/url):$(get /app/url:1)" = redis://two:redis://one ]
[ "$(aws ssm get-parameters-by-path --path /app --query 'length(Parameters)')" = 2 ]
[ "$(aws ssm describe-parameters --query 'Parameters[].Name' --output text)" = "/app/secret	/app/url" ]
refused ParameterNotFound aws ssm get-parameter --name /nothing
refused ValidationException aws ssm put-parameter --name /aws/x --type String --value x
[ "$(aws ssm get-parameters --names /app/url /nothing --query 'InvalidParameters' --output text)" = /nothing ]
[ "$(aws ssm get-parameter-history --name /app/url --query 'Parameters[].Version' --output text)" = '1	2' ]
of=(--resource-type Parameter --resource-id /app/url)
aws ssm add-tags-to-resource "${of[@]}" --tags Key=team,Value=blue
[ "$(aws ssm list-tags-for-resource "${of[@]}" --query 'TagList[0].Value' --output text)" = blue ]
aws ssm remove-tags-from-resource "${of[@]}" --tag-keys team
[ "$(aws ssm list-tags-for-resource "${of[@]}" --query 'length(TagList)')" = 0 ]
[ "$(aws ssm delete-parameters --names /app/secret /nothing --query 'DeletedParameters' --output text)" = /app/secret ]
aws ssm delete-parameter --name /app/url
refused ParameterNotFound aws ssm delete-parameter --name /app/url
