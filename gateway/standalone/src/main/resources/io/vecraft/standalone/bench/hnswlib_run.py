"""hnswlib on one data set: one thread, CPU time of the process. Prints one JSON object.

Arguments: DIRECTORY M EF_CONSTRUCTION PASSES ENOUGH EF...; the sweep ends at the first recall of ENOUGH.
"""

import json
import pathlib
import sys
import time

import hnswlib
import numpy as np

K = 10


def right(space, base, queries, worst, found):
    """How many of the found are as near as the tenth nearest: ties count."""
    count = 0
    for query, limit, row in zip(queries.astype(np.float64), worst, found):
        vectors = base[row].astype(np.float64)
        if space == "l2":
            distance = ((vectors - query) ** 2).sum(1)
        elif space == "cosine":
            lengths = np.sqrt((vectors**2).sum(1) * (query**2).sum())
            distance = 1 - (vectors @ query) / lengths
        else:
            distance = -(vectors @ query)
        count += int((distance <= limit + 1e-6 * max(1, abs(limit))).sum())
    return count


def main():
    directory = pathlib.Path(sys.argv[1])
    m, ef_construction, passes = (int(x) for x in sys.argv[2:5])
    enough = float(sys.argv[5])
    base, queries, worst = (np.load(directory / f"{x}.npy") for x in ("base", "query", "worst"))
    space = {"l2": "l2", "cosine": "cosine", "dot": "ip"}[directory.name.rsplit("-", 1)[1]]
    index = hnswlib.Index(space=space, dim=base.shape[1])
    index.init_index(max_elements=len(base), M=m, ef_construction=ef_construction)
    index.set_num_threads(1)
    begin = time.process_time()
    index.add_items(base, num_threads=1)
    build = time.process_time() - begin
    points = []
    for ef in map(int, sys.argv[6:]):
        index.set_ef(ef)
        best = float("inf")
        for _ in range(passes):
            begin = time.process_time()
            found, _ = index.knn_query(queries, k=K, num_threads=1)
            best = min(best, time.process_time() - begin)
        recall = right(space, base, queries, worst, found) / (len(queries) * K)
        points.append({"ef": ef, "recall": recall, "perSecond": len(queries) / best})
        if recall >= enough:
            break
    print(json.dumps({"buildCpuSeconds": build, "points": points}))


main()
