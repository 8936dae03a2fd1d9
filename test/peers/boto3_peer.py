# Everything of S3 that scripts and people do with boto3, with its defaults, against the endpoint the environment names.
import os
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

MIB = 1024 * 1024
s3 = boto3.client('s3')
bucket = os.environ['BUCKET_NAME']
ODD_KEYS = ['sp ace/+plus/%2F/\u00fc\u4e2d', '/leading', 'a//b', 'trailing/', 'dot/../dot', 'q?a=b&c#h', "quote'\"", 'amp&lt;<>', '\U0001f600', 'tab\tkey']


def refused(code, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except ClientError as error:
        assert error.response['Error']['Code'] == code, (code, error)
        return
    sys.exit('%s was not refused with %s' % (call.__name__, code))


def body_of(key, **more):
    return s3.get_object(Bucket=bucket, Key=key, **more)['Body'].read()


def buckets():
    s3.create_bucket(Bucket='second')
    assert [b['Name'] for b in s3.list_buckets()['Buckets']] == sorted([bucket, 'second'])
    s3.head_bucket(Bucket='second')
    assert s3.get_bucket_location(Bucket='second')['LocationConstraint'] is None
    refused('BucketAlreadyOwnedByYou', s3.create_bucket, Bucket='second')
    s3.put_object(Bucket='second', Key='k', Body=b'x')
    refused('BucketNotEmpty', s3.delete_bucket, Bucket='second')
    s3.delete_object(Bucket='second', Key='k')
    s3.delete_bucket(Bucket='second')
    refused('NoSuchBucket', s3.list_objects_v2, Bucket='second')


def objects():
    for size in (0, 1, 4096, 300000):
        s3.put_object(Bucket=bucket, Key='size', Body=b'x' * size, Metadata={'n': str(size)})
        assert body_of('size') == b'x' * size
        assert s3.head_object(Bucket=bucket, Key='size')['Metadata'] == {'n': str(size)}
    assert body_of('size', Range='bytes=3-5') == b'xxx'
    refused('NoSuchKey', body_of, 'absent')
    refused('404', s3.head_object, Bucket=bucket, Key='absent')
    for key in ODD_KEYS:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
        assert body_of(key) == key.encode(), key
    listed = [o['Key'] for o in s3.list_objects_v2(Bucket=bucket)['Contents']]
    assert listed == sorted(ODD_KEYS + ['size'], key=lambda key: key.encode()), listed
    gone = s3.delete_objects(Bucket=bucket, Delete={'Objects': [{'Key': k} for k in listed]})
    assert len(gone['Deleted']) == len(listed) and not gone.get('Errors'), gone
    for algorithm in ('CRC32', 'SHA1', 'SHA256'):
        s3.put_object(Bucket=bucket, Key='sum', Body=b'abc', ChecksumAlgorithm=algorithm)
        assert s3.head_object(Bucket=bucket, Key='sum', ChecksumMode='ENABLED')['Checksum' + algorithm]
    s3.delete_object(Bucket=bucket, Key='sum')


def pages():
    keys = ['k/%d/%03d' % (n % 3, n) for n in range(300)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: s3.put_object(Bucket=bucket, Key=key, Body=b''), keys))
    for operation in ('list_objects_v2', 'list_objects'):
        found = s3.get_paginator(operation).paginate(Bucket=bucket, Prefix='k/', PaginationConfig={'PageSize': 7})
        assert [o['Key'] for page in found for o in page.get('Contents', [])] == sorted(keys), operation
        rolled = s3.get_paginator(operation).paginate(Bucket=bucket, Prefix='k/', Delimiter='/', PaginationConfig={'PageSize': 2})
        assert [p['Prefix'] for page in rolled for p in page.get('CommonPrefixes', [])] == ['k/0/', 'k/1/', 'k/2/'], operation
    s3.delete_objects(Bucket=bucket, Delete={'Objects': [{'Key': key} for key in keys], 'Quiet': True})


def multipart():
    parts = [os.urandom(5 * MIB), os.urandom(5 * MIB + 1), os.urandom(17)]
    upload = s3.create_multipart_upload(Bucket=bucket, Key='m', Metadata={'of': 'parts'}, Tagging='a=1')['UploadId']
    named = {'Bucket': bucket, 'Key': 'm', 'UploadId': upload}
    done = [{'PartNumber': n, 'ETag': s3.upload_part(PartNumber=n, Body=part, **named)['ETag']} for n, part in enumerate(parts, 1)]
    assert [p['Size'] for p in s3.list_parts(**named)['Parts']] == [len(part) for part in parts]
    assert [u['Key'] for u in s3.list_multipart_uploads(Bucket=bucket, Prefix='m')['Uploads']] == ['m']
    refused('InvalidPartOrder', s3.complete_multipart_upload, MultipartUpload={'Parts': done[::-1]}, **named)
    refused('EntityTooSmall', s3.complete_multipart_upload, MultipartUpload={'Parts': [dict(done[2], PartNumber=3), dict(
        PartNumber=4, ETag=s3.upload_part(PartNumber=4, Body=b'x', **named)['ETag'])]}, **named)
    assert s3.complete_multipart_upload(MultipartUpload={'Parts': done}, **named)['ETag'].endswith('-3"')
    assert body_of('m') == b''.join(parts)
    assert s3.head_object(Bucket=bucket, Key='m')['Metadata'] == {'of': 'parts'}
    aborted = s3.create_multipart_upload(Bucket=bucket, Key='aborted')['UploadId']
    s3.upload_part(Bucket=bucket, Key='aborted', UploadId=aborted, PartNumber=1, Body=b'x')
    s3.abort_multipart_upload(Bucket=bucket, Key='aborted', UploadId=aborted)
    assert 'Uploads' not in s3.list_multipart_uploads(Bucket=bucket)
    copy = s3.create_multipart_upload(Bucket=bucket, Key='c')['UploadId']
    part = s3.upload_part_copy(Bucket=bucket, Key='c', UploadId=copy, PartNumber=1, CopySource={'Bucket': bucket, 'Key': 'm'}, CopySourceRange='bytes=0-9')
    s3.complete_multipart_upload(Bucket=bucket, Key='c', UploadId=copy, MultipartUpload={'Parts': [{'PartNumber': 1, 'ETag': part['CopyPartResult']['ETag']}]})
    assert body_of('c') == parts[0][:10]
    # The transfer manager: threads, parts and checksums of its own choice.
    with open('upload', 'wb') as file:
        file.write(b''.join(parts))
    config = TransferConfig(multipart_threshold=6 * MIB, multipart_chunksize=5 * MIB)
    s3.upload_file('upload', bucket, 't', Config=config)
    s3.download_file(bucket, 't', 'download', Config=config)
    with open('download', 'rb') as file:
        assert file.read() == b''.join(parts)
    s3.copy({'Bucket': bucket, 'Key': 't'}, bucket, 'u', Config=config)
    assert s3.head_object(Bucket=bucket, Key='u')['ContentLength'] == 10 * MIB + 18
    s3.delete_objects(Bucket=bucket, Delete={'Objects': [{'Key': key} for key in 'mctu']})


def copies_and_conditions():
    etag = s3.put_object(Bucket=bucket, Key='k', Body=b'one', Metadata={'a': '1'})['ETag']
    refused('PreconditionFailed', s3.put_object, Bucket=bucket, Key='k', Body=b'two', IfNoneMatch='*')
    refused('PreconditionFailed', s3.put_object, Bucket=bucket, Key='k', Body=b'two', IfMatch='"other"')
    s3.put_object(Bucket=bucket, Key='k', Body=b'two', IfMatch=etag, Metadata={'a': '1'})
    refused('PreconditionFailed', s3.get_object, Bucket=bucket, Key='k', IfMatch=etag)
    refused('304', s3.get_object, Bucket=bucket, Key='k', IfNoneMatch=s3.head_object(Bucket=bucket, Key='k')['ETag'])
    source = {'Bucket': bucket, 'Key': 'k'}
    s3.copy_object(Bucket=bucket, Key='copy +\u00fc', CopySource=source)
    assert s3.head_object(Bucket=bucket, Key='copy +\u00fc')['Metadata'] == {'a': '1'}
    refused('InvalidRequest', s3.copy_object, Bucket=bucket, Key='k', CopySource=source)
    s3.copy_object(Bucket=bucket, Key='k', CopySource=source, MetadataDirective='REPLACE', Metadata={'b': '2'})
    assert s3.head_object(Bucket=bucket, Key='k')['Metadata'] == {'b': '2'}
    refused('PreconditionFailed', s3.copy_object, Bucket=bucket, Key='x', CopySource=source, CopySourceIfMatch='"other"')
    s3.delete_objects(Bucket=bucket, Delete={'Objects': [{'Key': 'k'}, {'Key': 'copy +\u00fc'}]})


def tags():
    s3.put_object(Bucket=bucket, Key='k', Body=b'', Tagging='a=1&b=2')
    assert s3.get_object(Bucket=bucket, Key='k')['TagCount'] == 2
    s3.put_object_tagging(Bucket=bucket, Key='k', Tagging={'TagSet': [{'Key': 'c', 'Value': '\u4e2d'}]})
    assert s3.get_object_tagging(Bucket=bucket, Key='k')['TagSet'] == [{'Key': 'c', 'Value': '\u4e2d'}]
    s3.delete_object_tagging(Bucket=bucket, Key='k')
    assert s3.get_object_tagging(Bucket=bucket, Key='k')['TagSet'] == []
    refused('InvalidTag', s3.put_object_tagging, Bucket=bucket, Key='k', Tagging={'TagSet': [{'Key': 'x' * 129, 'Value': ''}]})
    s3.delete_object(Bucket=bucket, Key='k')


def versions():
    s3.create_bucket(Bucket='versions')
    here = {'Bucket': 'versions', 'Key': 'k'}
    s3.put_bucket_versioning(Bucket='versions', VersioningConfiguration={'Status': 'Enabled'})
    assert s3.get_bucket_versioning(Bucket='versions')['Status'] == 'Enabled'
    ids = [s3.put_object(Body=b'%d' % n, **here)['VersionId'] for n in range(5)]
    assert s3.get_object(VersionId=ids[2], **here)['Body'].read() == b'2'
    marker = s3.delete_object(**here)
    assert marker['DeleteMarker'] and marker['VersionId']
    refused('NoSuchKey', s3.get_object, **here)
    refused('405', s3.head_object, VersionId=marker['VersionId'], **here)
    pages = list(s3.get_paginator('list_object_versions').paginate(Bucket='versions', PaginationConfig={'PageSize': 2}))
    assert [v['VersionId'] for page in pages for v in page.get('Versions', [])] == ids[::-1]
    assert [m['VersionId'] for page in pages for m in page.get('DeleteMarkers', [])] == [marker['VersionId']]
    refused('BucketNotEmpty', s3.delete_bucket, Bucket='versions')
    s3.delete_object(VersionId=marker['VersionId'], **here)
    assert s3.get_object(**here)['Body'].read() == b'4'
    boto3.resource('s3').Bucket('versions').object_versions.delete()
    s3.delete_bucket(Bucket='versions')


def presigned():
    # What boto3 makes by itself is Signature Version 2, which signs the Content-Type that urllib would add.
    for client in (s3, boto3.client('s3', config=Config(signature_version='s3v4'))):
        about = {'Params': {'Bucket': bucket, 'Key': 'pre signed'}, 'ExpiresIn': 60}
        put = urllib.request.Request(client.generate_presigned_url('put_object', **about), data=b'by url', method='PUT', headers={'Content-Type': ''})
        assert urllib.request.urlopen(put).status == 200
        assert urllib.request.urlopen(client.generate_presigned_url('get_object', **about)).read() == b'by url'
        s3.delete_object(Bucket=bucket, Key='pre signed')


def strangers():
    wrong = boto3.client('s3', aws_access_key_id=os.environ['AWS_ACCESS_KEY_ID'], aws_secret_access_key='wrong')
    refused('SignatureDoesNotMatch', wrong.list_objects_v2, Bucket=bucket)
    refused('NotImplemented', s3.get_bucket_cors, Bucket=bucket)


for part in (buckets, objects, pages, multipart, copies_and_conditions, tags, versions, presigned, strangers):
    part()
print('boto3 is served')
