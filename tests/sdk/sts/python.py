from asked import client, refused, same

sts = client('sts')

who = sts.get_caller_identity()
same(who['Account'], '000000000000')
same(who['Arn'], 'arn:aws:iam::000000000000:root')
same(who['UserId'], '000000000000')
# The same id stands in the header and in the document.
answer = who['ResponseMetadata']
same(answer['RequestId'], answer['HTTPHeaders']['x-amzn-requestid'])

refused('InvalidAction', sts.get_session_token)
