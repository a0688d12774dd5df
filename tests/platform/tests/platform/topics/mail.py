"""A small SMTP server, and somebody who subscribes with an address."""

import email
import email.policy
import os
import queue
import re
import sys
import urllib.request

import boto3
from aiosmtpd.controller import Controller

mails = queue.Queue()


class Keep:
    async def handle_DATA(self, server, session, envelope):
        mails.put((envelope, email.message_from_bytes(envelope.content, policy=email.policy.default)))
        return '250 OK'


controller = Controller(Keep(), hostname='127.0.0.1', port=int(sys.argv[1]))
controller.start()
sns = boto3.client('sns')
topic = sns.create_topic(Name='news', Attributes={'DisplayName': 'Late news'})['TopicArn']
answer = sns.subscribe(TopicArn=topic, Protocol='email', Endpoint='reader@example.com')
assert answer['SubscriptionArn'] == 'pending confirmation', answer

envelope, asked = mails.get(timeout=60)
assert envelope.rcpt_tos == ['reader@example.com'], envelope.rcpt_tos
assert asked['Subject'] == 'AWS Notification - Subscription Confirmation', asked['Subject']
link = re.search(r'http://\S+ConfirmSubscription\S+', asked.get_content()).group(0)
assert '<SubscriptionArn>' + topic in urllib.request.urlopen(link).read().decode()

sns.publish(TopicArn=topic, Subject='Extra', Message='Gr\u00fc\u00dfe\n')
envelope, mail = mails.get(timeout=60)
assert mail['Subject'] == 'Extra' and mail['From'] == 'Late news <news@example.com>', mail.items()
text = mail.get_content()
assert text.startswith('Gr\u00fc\u00dfe'), text
end = re.search(r'http://\S+Unsubscribe\S+', text).group(0)
urllib.request.urlopen(end).read()
assert sns.list_subscriptions()['Subscriptions'] == []
controller.stop()
