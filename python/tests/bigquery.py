"""A counterpart of BigQuery's REST API: queries, jobs and pages of rows, for tokens that die.

It is not BigQuery: whatever the question, its rows are the numbers from 1, as many as its `LIMIT` says, or one. It
promises what the tests are about: a token is accepted until its life is over (401 in Google's words), every request
is remembered with its headers, and a page holds so many rows and no more.

Source: https://cloud.google.com/bigquery/docs/reference/rest/v2
"""

import json
import re
import threading
import urllib.parse
from collections import Counter, namedtuple
from http.server import BaseHTTPRequestHandler

from server import Server

Request = namedtuple("Request", "method path query headers status")

PAGE = 770  # rows; 20,000 are 26 pages
SCHEMA = {
    "fields": [
        {"name": "number", "type": "INTEGER", "mode": "REQUIRED"},
        {"name": "name", "type": "STRING", "mode": "NULLABLE"},
        {"name": "share", "type": "FLOAT", "mode": "NULLABLE"},
        {"name": "even", "type": "BOOLEAN", "mode": "NULLABLE"},
        {"name": "at", "type": "TIMESTAMP", "mode": "NULLABLE"},
    ]
}
LIMIT = re.compile(r"\bLIMIT (\d+)")


class BigQuery(Server):
    """A running counterpart, for a `with` statement.

    Args:
        uses: How many requests a token is good for.

    Attributes:
        url: What `BIGQUERY_EMULATOR_HOST` is to be.
        requests: Every `Request`, in order.
        seen: How often each token came.
    """

    def __init__(self, uses=None):
        self.uses = uses
        self.requests, self.seen = [], Counter()
        self._dead, self._jobs = set(), {}
        self._lock = threading.Lock()
        super().__init__(_Service)

    def end_tokens(self):
        """Accepts none of the tokens that came so far any more."""
        with self._lock:
            self._dead |= set(self.seen)

    def refused(self):
        """How many requests got a 401."""
        return sum(request.status == 401 for request in self.requests)

    def accepts(self, authorization):
        """Says whether a token is alive, and counts its use."""
        token = (authorization or "").removeprefix("Bearer ")
        with self._lock:
            self.seen[token] += 1
            if self.uses is not None and self.seen[token] > self.uses:
                self._dead.add(token)
            return "ya29." in token and token not in self._dead

    def start(self, project, configuration, job):
        """Remembers a question under a job, and returns the job's resource."""
        limit = LIMIT.search(configuration["query"]["query"])
        rows = int(limit.group(1)) if limit else 1
        job = job or f"job_{len(self._jobs)}"
        reference = {"projectId": project, "jobId": job, "location": "US"}
        resource = {
            "kind": "bigquery#job",
            "id": f"{project}:US.{job}",
            "jobReference": reference,
            "configuration": {"jobType": "QUERY", **configuration},
            "status": {"state": "DONE"},
            "statistics": {"query": {"statementType": "SELECT", "totalBytesProcessed": "0"}},
        }
        self._jobs[job] = resource, rows
        return resource

    def job(self, job):
        """The resource of a job."""
        return self._jobs[job][0]

    def page(self, job, start, most):
        """The answer of `jobs.query` and `jobs.getQueryResults`."""
        resource, total = self._jobs[job]
        end = min(total, start + min(most, PAGE))
        answer = {
            "kind": "bigquery#getQueryResultsResponse",
            "schema": SCHEMA,
            "jobReference": resource["jobReference"],
            "totalRows": str(total),
            "jobComplete": True,
            "cacheHit": False,
            "totalBytesProcessed": "0",
        }
        if most:
            answer["rows"] = [_row(number) for number in range(start + 1, end + 1)]
            if end < total:
                answer["pageToken"] = str(end)
        return answer


class _Service(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Or an answer waits for the acknowledgement of its own headers.
    disable_nagle_algorithm = True
    world = None

    def do_GET(self):
        self._serve()

    def do_POST(self):
        self._serve()

    def log_message(self, *_):
        pass

    def _serve(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        place = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(place.query))
        if self.world.accepts(self.headers["authorization"]):
            status, answer = 200, self._answer(place.path, query, json.loads(body) if body else {})
        else:
            status, answer = 401, UNAUTHENTICATED
        if answer is None:
            status, answer = 404, {"error": {"code": 404, "message": f"Not found: {place.path}", "errors": []}}
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.world.requests.append(Request(self.command, place.path, query, headers, status))
        self._send(status, json.dumps(answer).encode())

    def _answer(self, path, query, body):
        match self.command, path.removeprefix("/bigquery/v2/projects/").split("/"):
            case "POST", [project, "queries"]:
                resource = self.world.start(project, {"query": {"query": body["query"]}}, None)
                job = resource["jobReference"]["jobId"]
                return self.world.page(job, 0, int(body.get("maxResults", PAGE)))
            case "POST", [project, "jobs"]:
                job = body.get("jobReference", {}).get("jobId")
                return self.world.start(project, body["configuration"], job)
            case "GET", [_, "jobs", job]:
                return self.world.job(job)
            case "GET", [_, "queries", job]:
                start = query.get("pageToken") or query.get("startIndex") or 0
                return self.world.page(job, int(start), int(query.get("maxResults", PAGE)))
        return None

    def _send(self, status, body):
        self.send_response(status)
        self.send_header("content-type", "application/json; charset=UTF-8")
        self.send_header("content-length", str(len(body)))
        if status == 401:
            self.send_header("www-authenticate", 'Bearer realm="https://accounts.google.com/", error="invalid_token"')
        self.end_headers()
        self.wfile.write(body)


def _row(number):
    values = (number, f"number {number}", number / 4, number % 2 == 0, number * 1_000_000)
    return {"f": [{"v": str(value).lower() if isinstance(value, bool) else str(value)} for value in values]}


UNAUTHENTICATED = {
    "error": {
        "code": 401,
        "message": "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or "
        "other valid authentication credential.",
        "errors": [{"message": "Invalid Credentials", "domain": "global", "reason": "authError"}],
        "status": "UNAUTHENTICATED",
    }
}
