"""S3 through boto3, for the exec protocol of chopsticks."""
from datetime import timezone
from email.utils import format_datetime

from sidecar import Failed, PIECE_BYTES, range_header, serve, size_of, take_body


def open_store(settings):
    try:
        import boto3
        from botocore import exceptions
        from botocore.config import Config
        from botocore.parsers import ResponseParserError
    except ImportError:
        raise Failed(kind='unsupported', message='this driver needs the Python package boto3, which is not installed: pip install boto3')
    seconds = settings['timeout_ms'] / 1000
    tls = settings['tls']
    client = boto3.session.Session(region_name=settings['region']).client(
        's3', endpoint_url=settings['endpoint'], aws_access_key_id=settings['access_key'],
        aws_secret_access_key=settings['secret_key'], aws_session_token=settings.get('session_token'),
        verify=False if tls['insecure'] else tls.get('ca'),
        config=Config(
            retries={'total_max_attempts': 1}, signature_version='s3v4', s3={'addressing_style': settings['addressing']},
            request_checksum_calculation='when_required', response_checksum_validation='when_required',
            connect_timeout=seconds, read_timeout=seconds))
    bucket = settings['bucket']
    kinds = (
        (exceptions.ConnectTimeoutError, 'unreachable'), (exceptions.ReadTimeoutError, 'timeout'),
        (exceptions.EndpointConnectionError, 'unreachable'), (exceptions.SSLError, 'unreachable'),
        (exceptions.ConnectionClosedError, 'cut'), (exceptions.IncompleteReadError, 'cut'),
        (exceptions.ResponseStreamingError, 'cut'), (exceptions.HTTPClientError, 'cut'), (exceptions.ParamValidationError, 'invalid'),
        (ResponseParserError, 'protocol'), (exceptions.BotoCoreError, 'other'))

    def refused(error):
        said, meta = error.response.get('Error', {}), error.response.get('ResponseMetadata', {})
        code = said.get('Code')
        # An answer without a document has its status for a code.
        return Failed(status=meta.get('HTTPStatusCode'), code=None if code is None or code.isdigit() else code, message=said.get('Message'),
                      request_id=meta.get('RequestId'), region=meta.get('HTTPHeaders', {}).get('x-amz-bucket-region'))

    def operation(work):
        def run(request, first_byte):
            try:
                return work(request, first_byte)
            except exceptions.ClientError as error:
                raise refused(error)
            except tuple(kind for kind, _ in kinds) as error:
                raise Failed(kind=next(code for kind, code in kinds if isinstance(error, kind)), message=str(error))
        return run

    def facts(output):
        meta = output['ResponseMetadata']
        return {'status': meta['HTTPStatusCode'], 'request_id': meta.get('RequestId'), 'etag': output.get('ETag')}

    def put(request, first_byte):
        more = {'ContentType': request['content_type']} if 'content_type' in request else {}
        with open(request['path'], 'rb') as body:
            output = client.put_object(Bucket=bucket, Key=request['key'], Body=body, Metadata=request['metadata'], **more)
        first_byte()
        return facts(output)

    def get(request, first_byte):
        asked = range_header(request.get('range'))
        output = client.get_object(Bucket=bucket, Key=request['key'], **({} if asked is None else {'Range': asked}))
        size = take_body(output['Body'].iter_chunks(PIECE_BYTES), request.get('path'), first_byte)
        whole = output['ContentLength'] if asked is None else size_of(output.get('ContentRange'))
        return {**facts(output), 'bytes': size, 'size_bytes': whole}

    def head(request, _):
        output = client.head_object(Bucket=bucket, Key=request['key'])
        return {**facts(output), 'size_bytes': output['ContentLength'], 'content_type': output.get('ContentType'),
                'last_modified': format_datetime(output['LastModified'].astimezone(timezone.utc), usegmt=True), 'metadata': output['Metadata']}

    def delete(request, _):
        return facts(client.delete_object(Bucket=bucket, Key=request['key']))

    def delete_many(request, _):
        output = client.delete_objects(Bucket=bucket, Delete={'Quiet': True, 'Objects': [{'Key': key} for key in request['keys']]})
        failed = [{'key': one.get('Key'), 'code': one.get('Code'), 'message': one.get('Message')} for one in output.get('Errors', [])]
        return {**facts(output), 'failed': failed}

    def list_page(request, _):
        names = {'max_keys': 'MaxKeys', 'start_after': 'StartAfter', 'continuation_token': 'ContinuationToken', 'delimiter': 'Delimiter'}
        output = client.list_objects_v2(
            Bucket=bucket, Prefix=request['prefix'], **{name: request[given] for given, name in names.items() if given in request})
        objects = [{'key': one['Key'], 'size_bytes': one['Size'], 'etag': one['ETag'], 'last_modified': one['LastModified'].isoformat()}
                   for one in output.get('Contents', [])]
        return {**facts(output), 'objects': objects, 'common_prefixes': [one['Prefix'] for one in output.get('CommonPrefixes', [])],
                'continuation_token': output.get('NextContinuationToken') if output['IsTruncated'] else None}

    return {name: operation(work) for name, work in (
        ('put', put), ('get', get), ('head', head), ('delete', delete), ('deleteMany', delete_many), ('list', list_page))}


serve(open_store)
