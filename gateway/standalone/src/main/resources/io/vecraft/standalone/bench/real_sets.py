"""Makes data sets out of what is at hand: nothing is downloaded but the Python packages.

  real_sets.py DIRECTORY SRC_ZIP

sources384-cosine, sources128-cosine: windows of 40 words of the JDK's sources (SRC_ZIP), as TF-IDF reduced by truncated SVD.
patches784-l2: 28 x 28 grey patches of the images that scikit-image carries.
"""

import os
import pathlib
import re
import sys
import zipfile

import numpy as np

QUERIES = 1000
VECTORS = 60_000
WORDS = 40


def save(directory, name, vectors):
    rng = np.random.default_rng(3)
    vectors = np.ascontiguousarray(vectors[rng.permutation(len(vectors))], dtype=np.float32)
    # Written aside and renamed: a run that was stopped leaves nothing that looks whole.
    target = directory / name
    part = directory / (name + ".part")
    part.mkdir(parents=True, exist_ok=True)
    np.save(part / "query.npy", vectors[:QUERIES])
    np.save(part / "base.npy", vectors[QUERIES:])
    os.rename(part, target)


def windows(archive):
    """Words of the sources, split where identifiers change case, in windows."""
    texts = []
    with zipfile.ZipFile(archive) as files:
        for name in sorted(files.namelist()):
            if not name.startswith("java.") or not name.endswith(".java"):
                continue
            text = files.read(name).decode("utf-8", "replace")
            text = re.sub(r"^/\*.*?\*/", "", text, count=1, flags=re.S)
            words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", text)
            words = [word.lower() for word in words if len(word) > 1]
            texts += [" ".join(words[at : at + WORDS]) for at in range(0, len(words) - WORDS, WORDS)]
    picked = np.random.default_rng(1).permutation(len(texts))[: VECTORS + 10_000]
    return [texts[i] for i in picked]


def sources(directory, archive):
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    weights = TfidfVectorizer(min_df=5, max_features=40_000, sublinear_tf=True).fit_transform(windows(archive))
    reduced = TruncatedSVD(384, n_iter=2, random_state=2).fit_transform(weights)
    reduced = np.unique(reduced.astype(np.float32), axis=0)
    reduced = reduced[np.linalg.norm(reduced, axis=1) > 1e-3][:]
    rng = np.random.default_rng(4)
    reduced = reduced[rng.permutation(len(reduced))[:VECTORS]]
    for dimension in (384, 128):
        vectors = reduced[:, :dimension]
        save(directory, f"sources{dimension}-cosine", vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


def patches(directory):
    import skimage
    from skimage import color, io

    rng = np.random.default_rng(5)
    images = []
    for file in sorted((pathlib.Path(skimage.__file__).parent / "data").iterdir()):
        if file.suffix not in (".png", ".jpg", ".tif", ".tiff", ".jpeg"):
            continue
        image = io.imread(file)
        if image.ndim == 3 and image.shape[2] in (3, 4):
            image = color.rgb2gray(image[:, :, :3]) * 255
        if image.ndim == 2 and min(image.shape) >= 64:
            images.append(image.astype(np.float32))
    picked = []
    for _ in range(VECTORS):
        image = images[rng.integers(len(images))]
        y, x = rng.integers(image.shape[0] - 28), rng.integers(image.shape[1] - 28)
        picked.append(image[y : y + 28, x : x + 28].reshape(-1))
    save(directory, "patches784-l2", np.asarray(picked))


def main():
    directory = pathlib.Path(sys.argv[1])
    if not (directory / "sources384-cosine").exists() or not (directory / "sources128-cosine").exists():
        sources(directory, sys.argv[2])
    if not (directory / "patches784-l2").exists():
        patches(directory)


main()
