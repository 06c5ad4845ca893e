"""hnswlib on one data set: one thread, CPU time. Prints one JSON object. Arguments: SET M EF_CONSTRUCTION PASSES EF..."""

import json
import pathlib
import sys
import time

import hnswlib
import numpy as np


def main():
    directory = pathlib.Path(sys.argv[1])
    m, ef_construction, passes = (int(x) for x in sys.argv[2:5])
    efs = [int(x) for x in sys.argv[5:]]
    base, query, truth = (np.load(directory / f"{x}.npy") for x in ("base", "query", "truth"))
    space = {"l2": "l2", "cosine": "cosine", "dot": "ip"}[directory.name.rsplit("-", 1)[1]]
    index = hnswlib.Index(space=space, dim=base.shape[1])
    index.init_index(max_elements=len(base), M=m, ef_construction=ef_construction)
    index.set_num_threads(1)
    begin = time.process_time()
    index.add_items(base, num_threads=1)
    build = time.process_time() - begin
    points = []
    for ef in efs:
        index.set_ef(ef)
        seconds = []
        for _ in range(passes):
            begin = time.process_time()
            found, _ = index.knn_query(query, k=10, num_threads=1)
            seconds.append(time.process_time() - begin)
        hits = sum(len(set(a) & set(b)) for a, b in zip(found.tolist(), truth.tolist()))
        points.append({"ef": ef, "recall": hits / truth.size, "qps": len(query) / float(np.median(seconds))})
    print(json.dumps({"engine": f"hnswlib {getattr(hnswlib, '__version__', '0.8.0')}", "build_cpu_s": build, "points": points}))


main()
