"""One piece of work in a framework that sends it to other processes, with a handle among what is sent.

    python job.py dask|multiprocessing|ray|spark CREDENTIALS_FILE

It ends with a line of JSON: what of the pickles is secret, what each task told, and how a handle was refused whose
credentials are in memory only. A task tells its process and a digest of the token, which has no business among the
results of a cluster.
"""

import concurrent.futures
import hashlib
import json
import multiprocessing
import os
import pickle
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

from carto_auth import CartoAuth

TASKS = 4


def main():
    name, file = sys.argv[1:]
    given = json.loads(Path(file).read_text("utf-8"))
    auth, in_memory = CartoAuth.from_m2m(file), CartoAuth.from_m2m_token(**given)
    secrets = {"token": auth.get_access_token(), "secret": given["client_secret"]}
    with FRAMEWORKS[name]() as (dumps, send):
        pickles = [dumps(auth), dumps((tell, auth))]
        found = [name for name, secret in secrets.items() if any(secret.encode() in pickled for pickled in pickles)]
        told = send(tell, auth)
        refused = [refusal(dumps, in_memory), refusal(send, tell, in_memory)]
    print(json.dumps({"found": found, "here": tell(auth), "told": told, "refused": refused}), flush=True)


def tell(auth):
    return {"process": os.getpid(), "token": hashlib.sha256(auth.get_access_token().encode()).hexdigest()}


def refusal(call, *arguments):
    """The names of the classes of what it fails with, and its text with its notes."""
    try:
        call(*arguments)
    except Exception as error:
        chain = [error, *(cause for cause in (error.__cause__, error.__context__) if cause)]
        text = "\n".join(part for one in chain for part in (str(one), *getattr(one, "__notes__", ())))
        return {"names": [kind.__name__ for one in chain for kind in type(one).__mro__], "text": text}
    return None


@contextmanager
def dask():
    import cloudpickle
    from distributed import Client, LocalCluster

    cluster = LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None)
    with cluster, Client(cluster) as client:
        # As a graph of dask does, and not only as a call of the cluster.
        yield (
            cloudpickle.dumps,
            lambda task, auth: client.gather([client.submit(task, auth, pure=False) for _ in range(TASKS)]),
        )


@contextmanager
def multiprocesses():
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        yield pickle.dumps, lambda task, auth: list(pool.map(task, [auth] * TASKS))


@contextmanager
def ray():
    import ray

    # A path that is short enough for its sockets.
    with tempfile.TemporaryDirectory(prefix="ray-") as folder:
        ray.init(num_cpus=2, include_dashboard=False, logging_level="ERROR", _temp_dir=folder)
        try:
            yield (
                ray.cloudpickle.dumps,
                lambda task, auth: ray.get([ray.remote(task).remote(auth) for _ in range(TASKS)]),
            )
        finally:
            ray.shutdown()


@contextmanager
def spark():
    from pyspark import SparkConf, SparkContext, cloudpickle

    # What it binds to is this machine, and its window is nobody's.
    conf = SparkConf().setMaster("local[2]").set("spark.ui.enabled", "false").set("spark.driver.host", "127.0.0.1")
    with SparkContext(conf=conf) as context:
        context.setLogLevel("OFF")
        # The handle is in the closure, as in `map(lambda row: requests.get(…, auth=auth.requests_auth()))`.
        yield (
            cloudpickle.dumps,
            lambda task, auth: context.parallelize(range(TASKS), TASKS).map(lambda _: task(auth)).collect(),
        )


FRAMEWORKS = {"dask": dask, "multiprocessing": multiprocesses, "ray": ray, "spark": spark}

if __name__ == "__main__":
    main()
