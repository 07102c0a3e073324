"""The S3 that results go to, by plain HTTP without a signature: what ministack answers."""

import http.client
import re
import urllib.parse
from html import unescape


class Store:
    def __init__(self, endpoint):
        self.address = urllib.parse.urlsplit(endpoint).netloc

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection(self.address, timeout=60)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def has(self, location):
        """Whether the bucket is there."""
        return self.ask("HEAD", "/" + split(location)[0])[0] == 200

    def put(self, location, body):
        bucket, key = split(location)
        status, data = self.ask("PUT", f"/{bucket}/{urllib.parse.quote(key)}", body)
        if status != 200:
            raise OSError(f"{location} is refused: {status} {data[:200]!r}")

    def list(self, location):
        """Every object below, in order: its tag by its s3://… address."""
        bucket, prefix = split(location)
        found, token = {}, ""
        while True:
            query = {"list-type": "2", "prefix": prefix, **({"continuation-token": token} if token else {})}
            status, data = self.ask("GET", f"/{bucket}?{urllib.parse.urlencode(query)}")
            if status != 200:
                raise OSError(f"{location} cannot be listed: {status}")
            text = data.decode()
            for item in re.findall(r"<Contents>(.*?)</Contents>", text, re.S):
                key, tag = (re.search(f"<{name}>(.*?)</{name}>", item)[1] for name in ("Key", "ETag"))
                found[f"s3://{bucket}/{unescape(key)}"] = tag
            token = unescape((re.findall(r"<NextContinuationToken>(.*?)<", text) or [""])[0])
            if not token:
                return found


def split(location):
    bucket, _, key = location.removeprefix("s3://").partition("/")
    return bucket, key
