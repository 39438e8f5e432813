"""Drives the program fake-atlas as tests in Python do, with the standard library alone.

Usage: drive.py PATH_OF_FAKE_ATLAS SCENARIO_FILE
"""

import json
import subprocess
import sys
import urllib.error
import urllib.request

program, scenario = sys.argv[1:]
fake = subprocess.Popen(
    [program, "--control", "--scenario", scenario, "--public-key", "pythonkey", "--project", "5f3c5a1e8e4b2a00aaaaaaaa"],
    stdout=subprocess.PIPE,
    text=True,
)


def control(method, path, *document):
    """Sends a request to the control interface."""
    body = json.dumps(*document).encode() if document else None
    request = urllib.request.Request(start["base_url"] + "/_fake" + path, data=body, method=method)
    # Without the proxies of the environment: the fake is on this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request) as response:
        text = response.read()
        return json.loads(text) if text else None


def refused(method, path, *document):
    """Sends a request to the control interface, and returns the status and detail of its refusal."""
    try:
        control(method, path, *document)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)["detail"]
    raise AssertionError(f"{method} {path} was not refused")


def client():
    """A client of the API with credentials."""
    passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    passwords.add_password(None, start["base_url"], start["public_key"], start["private_key"])
    return urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPDigestAuthHandler(passwords)
    )


def job(job_id):
    """Gets a job through the API, and returns the status with the state or error code."""
    path = f"/api/atlas/v1.0/groups/{start['project_id']}/clusters/{start['cluster_name']}/backup/exports/{job_id}"
    try:
        with client().open(start["base_url"] + path) as response:
            return response.status, json.load(response)["state"]
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)["errorCode"]


def equal(got, expected):
    assert got == expected, f"expected {expected!r}, got {got!r}"


try:
    start = json.loads(fake.stdout.readline())
    equal((start["public_key"], start["project_id"]), ("pythonkey", "5f3c5a1e8e4b2a00aaaaaaaa"))
    equal(control("GET", ""), start)

    # The jobs of the scenario.
    by_poll, timed = "5fb1a8c0e2c4d84c1e4f0f01", "5fb1a8c0e2c4d84c1e4f0f02"
    equal([found["id"] for found in start["jobs"]], [by_poll, timed])
    equal([job(by_poll) for _ in range(3)], [(200, "Queued"), (200, "Successful"), (200, "Successful")])
    equal(control("GET", f"/jobs/{by_poll}")["state"], "Successful")

    # Time.
    equal(job(timed), (200, "InProgress"))
    before = control("GET", "/time")["elapsed"]
    assert control("POST", "/time", {"advance": 90.5})["elapsed"] >= before + 90.5
    equal(job(timed), (200, "Failed"))

    # A job that is added, and its state.
    new = control("POST", "/jobs", {"script": {"per_poll": ["Queued"]}})["id"]
    equal(job(new), (200, "Queued"))
    control("PUT", f"/jobs/{new}/state", {"state": "Cancelled"})
    equal(job(new), (200, "Cancelled"))
    equal(len(control("GET", "/jobs")), 3)

    # A fault for the second request from now,.
    control("POST", "/faults", {"effect": {"response": {"status": 503, "json": {"errorCode": "BUSY"}}}, "nth": 2})
    equal([job(new) for _ in range(3)], [(200, "Cancelled"), (503, "BUSY"), (200, "Cancelled")])
    equal(control("GET", "/faults"), [])
    control("POST", "/faults", [{"effect": "reset", "times": "always"}, {"effect": {"delay_headers": 0.01}}])
    equal([fault["effect"] for fault in control("GET", "/faults")], ["reset", {"delay_headers": 0.01}])
    control("DELETE", "/faults")
    equal(job(new), (200, "Cancelled"))

    # The rate limit.
    control("PUT", "/rate_limit", {"capacity": 1, "per_minute": 1})
    equal([job(new), job(new)], [(200, "Cancelled"), (429, "RATE_LIMITED")])
    control("PUT", "/rate_limit", None)
    equal(job(new), (200, "Cancelled"))

    # The requests.
    control("DELETE", "/requests")
    equal(job(new), (200, "Cancelled"))
    challenged, served = control("GET", "/requests")
    equal((challenged["method"], challenged["status"], served["status"]), ("GET", 401, 200))
    assert served["path"].endswith(new) and served["headers"]["authorization"][0].startswith("Digest "), served

    # A scenario while it runs.
    failed = {"remove_jobs": True, "jobs": [{"script": {"per_poll": ["Failed"]}}]}
    equal(len(control("POST", "/scenario", failed)["ids"]), 1)
    equal([found["state"] for found in control("GET", "/jobs")], ["Failed"])
    control("DELETE", "/jobs")
    equal(job(new), (404, "RESOURCE_NOT_FOUND"))

    # What is refused says why.
    status, detail = refused("POST", "/faults", {"effect": "resett"})
    assert status == 400 and "unknown variant `resett`" in detail, detail
    status, detail = refused("POST", "/jobs", {"script": {"per_poll": []}})
    assert status == 400 and "at least one state" in detail, detail
    equal(refused("PUT", "/jobs/nowhere/state", {"state": "Failed"})[0], 404)
    equal(refused("GET", "/nowhere")[0], 404)
finally:
    fake.terminate()
equal(fake.wait(), 0)
print("driven")
