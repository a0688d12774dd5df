"""Every action of Parameter Store."""

from asked import SPEAKS_QUERY, client, refused, same

ssm = client('ssm')


def value(name, **options):
    return ssm.get_parameter(Name=name, **options)['Parameter']['Value']


put = ssm.put_parameter(Name='/app/dev/url', Value='redis://one', Type='String', Description='where',
                        Tags=[{'Key': 'team', 'Value': 'blue'}])
same((put['Version'], put['Tier']), (1, 'Standard'))
got = ssm.get_parameter(Name='/app/dev/url')['Parameter']
same({key: got[key] for key in ('Name', 'Type', 'Value', 'Version', 'ARN', 'DataType')}, {
    'Name': '/app/dev/url', 'Type': 'String', 'Value': 'redis://one', 'Version': 1,
    'ARN': 'arn:aws:ssm:us-east-1:000000000000:parameter/app/dev/url', 'DataType': 'text'})
assert got['LastModifiedDate'].year >= 2024, got

# Versions.
refused('ParameterAlreadyExists', ssm.put_parameter, Name='/app/dev/url', Value='x', Type='String')
refused('HierarchyTypeMismatchException', ssm.put_parameter, Name='/app/dev/url', Value='x',
        Type='SecureString', Overwrite=True)
same(ssm.put_parameter(Name='/app/dev/url', Value='redis://two', Overwrite=True)['Version'], 2)
same(value('/app/dev/url'), 'redis://two')
same(value('/app/dev/url:1'), 'redis://one')
same(value(got['ARN']), 'redis://two')
same(ssm.get_parameter(Name='/app/dev/url:1')['Parameter']['Selector'], ':1')
refused('ParameterVersionNotFound', ssm.get_parameter, Name='/app/dev/url:3')
refused('ParameterVersionNotFound', ssm.get_parameter, Name='/app/dev/url:label')
refused('ParameterNotFound', ssm.get_parameter, Name='/app/dev/nothing')
history = ssm.get_parameter_history(Name='/app/dev/url')['Parameters']
same([(one['Version'], one['Value']) for one in history], [(1, 'redis://one'), (2, 'redis://two')])
page = ssm.get_parameter_history(Name='/app/dev/url', MaxResults=1)
same(ssm.get_parameter_history(Name='/app/dev/url', NextToken=page['NextToken'])['Parameters'][0]['Version'], 2)

# Secrets are sealed unless they are asked for.
ssm.put_parameter(Name='/app/dev/secret', Value='p\u00e4ss', Type='SecureString')
same(value('/app/dev/secret', WithDecryption=True), 'p\u00e4ss')
assert value('/app/dev/secret') != 'p\u00e4ss'
refused('InvalidKeyId', ssm.put_parameter, Name='/app/k', Value='x', Type='SecureString', KeyId='alias/mine')
ssm.put_parameter(Name='/app/list', Value='a,b', Type='StringList')

# Names and values.
for name in ('/aws/x', 'ssm-x', '/a b', 'a/b', '/a/'):
    refused('ValidationException', ssm.put_parameter, Name=name, Value='x', Type='String')
refused('HierarchyLevelLimitExceededException', ssm.put_parameter, Name='/a' * 16, Value='x', Type='String')
refused('ValidationException', ssm.put_parameter, Name='/none', Value='x')
refused('ValidationException', ssm.put_parameter, Name='/long', Value='x' * 4097, Type='String')
same(ssm.put_parameter(Name='/long', Value='x' * 4097, Type='String', Tier='Advanced')['Tier'], 'Advanced')
same(ssm.put_parameter(Name='/long', Value='x', Overwrite=True)['Tier'], 'Advanced')
refused('ParameterPatternMismatchException', ssm.put_parameter, Name='/p', Value='x', Type='String',
        AllowedPattern=r'\d+')
refused('InvalidAllowedPatternException', ssm.put_parameter, Name='/p', Value='x', Type='String', AllowedPattern='(')

# Several.
several = ssm.get_parameters(Names=['/app/dev/url', '/nothing', '/app/dev/secret'], WithDecryption=True)
same([one['Value'] for one in several['Parameters']], ['redis://two', 'p\u00e4ss'])
same(several['InvalidParameters'], ['/nothing'])
refused('ValidationException', ssm.get_parameters, Names=[str(n) for n in range(11)])


def below(path, **options):
    pages = ssm.get_paginator('get_parameters_by_path').paginate(Path=path, PaginationConfig={'PageSize': 1}, **options)
    return [one['Name'] for page in pages for one in page['Parameters']]


same(below('/app'), ['/app/list'])
same(below('/app', Recursive=True), ['/app/dev/secret', '/app/dev/url', '/app/list'])
same(below('/app', Recursive=True, ParameterFilters=[{'Key': 'Type', 'Values': ['SecureString']}]), ['/app/dev/secret'])
refused('ValidationException', ssm.get_parameters_by_path, Path='app')
# A name without a slash is right below the root.
ssm.put_parameter(Name='plain', Value='x', Type='String')
for recursive in (False, True):
    assert 'plain' in below('/', Recursive=recursive), below('/', Recursive=recursive)
assert '/app/list' not in below('/')
ssm.delete_parameter(Name='plain')
refused('InvalidFilterKey', ssm.get_parameters_by_path, Path='/app', ParameterFilters=[{'Key': 'Name', 'Values': ['x']}])
refused('InvalidNextToken', ssm.get_parameters_by_path, Path='/app', NextToken='?')


def described(*filters):
    pages = ssm.get_paginator('describe_parameters').paginate(
        ParameterFilters=list(filters), PaginationConfig={'PageSize': 2})
    return [one['Name'] for page in pages for one in page['Parameters']]


same(described(), ['/app/dev/secret', '/app/dev/url', '/app/list', '/long'])
same(described({'Key': 'Name', 'Option': 'Contains', 'Values': ['dev']}), ['/app/dev/secret', '/app/dev/url'])
same(described({'Key': 'Path', 'Option': 'OneLevel', 'Values': ['/app']}), ['/app/list'])
same(described({'Key': 'tag:team', 'Values': ['blue']}), ['/app/dev/url'])
refused('InvalidFilterOption', ssm.describe_parameters,
        ParameterFilters=[{'Key': 'Type', 'Option': 'Contains', 'Values': ['x']}])
if not SPEAKS_QUERY:
    same(ssm.describe_parameters(Shared=False)['Parameters'], ssm.describe_parameters()['Parameters'])
    same(ssm.describe_parameters(Shared=True)['Parameters'], [])

# Tags.
ssm.add_tags_to_resource(ResourceType='Parameter', ResourceId='/app/list', Tags=[{'Key': 'a', 'Value': '1'}])
ssm.remove_tags_from_resource(ResourceType='Parameter', ResourceId='/app/dev/url', TagKeys=['team'])
same(ssm.list_tags_for_resource(ResourceType='Parameter', ResourceId='/app/list')['TagList'], [{'Key': 'a', 'Value': '1'}])
same(ssm.list_tags_for_resource(ResourceType='Parameter', ResourceId='/app/dev/url')['TagList'], [])
refused('InvalidResourceId', ssm.list_tags_for_resource, ResourceType='Parameter', ResourceId='/nothing')
refused('InvalidResourceType', ssm.list_tags_for_resource, ResourceType='Document', ResourceId='x')

# The end.
ssm.delete_parameter(Name='/app/list')
refused('ParameterNotFound', ssm.delete_parameter, Name='/app/list')
gone = ssm.delete_parameters(Names=['/app/dev/url', '/app/dev/secret', '/nothing'])
same((gone['DeletedParameters'], gone['InvalidParameters']), (['/app/dev/url', '/app/dev/secret'], ['/nothing']))
same(described(), ['/long'])
