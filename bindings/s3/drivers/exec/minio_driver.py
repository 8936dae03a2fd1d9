"""S3 through MinIO's client for Python, for the exec protocol of chopsticks."""
from datetime import timezone
from email.utils import format_datetime
from urllib.parse import urlsplit

from sidecar import Failed, PIECE_BYTES, serve, size_of, take_body

META = 'x-amz-meta-'


def open_store(settings):
    try:
        import certifi
        import urllib3
        from minio import Minio
        from minio.deleteobjects import DeleteObject
        from minio.error import InvalidResponseError, MinioException, S3Error, ServerError
    except ImportError:
        raise Failed(kind='unsupported', message='this driver needs the Python package minio, which is not installed: pip install minio')
    endpoint = urlsplit(settings['endpoint'])
    tls = settings['tls']
    http = urllib3.PoolManager(
        timeout=urllib3.Timeout(total=settings['timeout_ms'] / 1000), retries=False, cert_reqs='CERT_NONE' if tls['insecure'] else 'CERT_REQUIRED',
        ca_certs=None if tls['insecure'] else tls.get('ca') or certifi.where())
    client = Minio(
        endpoint.netloc, settings['access_key'], settings['secret_key'], session_token=settings.get('session_token'),
        secure=endpoint.scheme == 'https', region=settings['region'], http_client=http)
    if settings['addressing'] == 'virtual':
        client.enable_virtual_style_endpoint()
    bucket = settings['bucket']

    def operation(work):
        def run(request, first_byte):
            try:
                return work(request, first_byte)
            except S3Error as error:
                answer = error.response
                # What a HEAD is refused with it names itself: the status alone is the store's.
                code = error.code if answer.data else None
                raise Failed(status=answer.status, code=code, message=error.message, request_id=error.request_id,
                             region=answer.headers.get('x-amz-bucket-region'))
            except ServerError as error:
                raise Failed(status=error.status_code, message=str(error))
            except InvalidResponseError as error:
                raise Failed(kind='protocol', message=str(error))
            except urllib3.exceptions.NewConnectionError as error:
                raise Failed(kind='unreachable', message=str(error))
            except urllib3.exceptions.ConnectTimeoutError as error:
                raise Failed(kind='unreachable', message=str(error))
            except urllib3.exceptions.TimeoutError as error:
                raise Failed(kind='timeout', message=str(error))
            except urllib3.exceptions.SSLError as error:
                raise Failed(kind='unreachable', message=str(error))
            except urllib3.exceptions.HTTPError as error:
                raise Failed(kind='cut', message=str(error))
            except (MinioException, ValueError) as error:
                raise Failed(kind='invalid' if isinstance(error, ValueError) else 'other', message=str(error))
        return run

    def etag_of(text):
        return None if text is None else f'"{text}"'

    def put(request, first_byte):
        more = {'content_type': request['content_type']} if 'content_type' in request else {}
        with open(request['path'], 'rb') as body:
            made = client.put_object(
                bucket, request['key'], body, request['size_bytes'],
                metadata={META + name: value for name, value in request['metadata'].items()}, **more)
        first_byte()
        return {'etag': etag_of(made.etag)}

    def get(request, first_byte):
        asked = request.get('range')
        given = {}
        if asked is not None:
            first, last = asked.get('first'), asked.get('last')
            if first is None or last is None:
                # What its offset and length have no words for.
                given['request_headers'] = {'Range': f"bytes={'' if first is None else first}-{'' if last is None else last}"}
            else:
                given['offset'], given['length'] = first, last - first + 1
        answer = client.get_object(bucket, request['key'], **given)
        try:
            size = take_body(answer.stream(PIECE_BYTES), request.get('path'), first_byte)
            headers = answer.headers
            whole = int(headers['content-length']) if asked is None else size_of(headers.get('content-range'))
            return {'status': answer.status, 'bytes': size, 'size_bytes': whole, 'etag': headers.get('etag'),
                    'request_id': headers.get('x-amz-request-id')}
        finally:
            answer.close()
            answer.release_conn()

    def head(request, _):
        stat = client.stat_object(bucket, request['key'])
        metadata = {name[len(META):]: value for name, value in stat.metadata.items() if name.lower().startswith(META)}
        return {'size_bytes': stat.size, 'etag': etag_of(stat.etag), 'content_type': stat.content_type,
                'last_modified': format_datetime(stat.last_modified.astimezone(timezone.utc), usegmt=True), 'metadata': metadata}

    def delete(request, _):
        client.remove_object(bucket, request['key'])
        return {}

    def list_all(request, _):
        found = list(client.list_objects(
            bucket, prefix=request['prefix'], recursive='delimiter' not in request, start_after=request.get('start_after')))
        objects = [{'key': one.object_name, 'size_bytes': one.size, 'etag': etag_of(one.etag), 'last_modified': one.last_modified.isoformat()}
                   for one in found if one.last_modified is not None]
        return {'objects': objects, 'common_prefixes': [one.object_name for one in found if one.last_modified is None]}

    def delete_many(request, _):
        errors = client.remove_objects(bucket, [DeleteObject(key) for key in request['keys']])
        return {'failed': [{'key': one.name, 'code': one.code, 'message': one.message} for one in errors]}

    return {name: operation(work) for name, work in (
        ('put', put), ('get', get), ('head', head), ('delete', delete), ('deleteMany', delete_many), ('list', list_all))}


serve(open_store)
