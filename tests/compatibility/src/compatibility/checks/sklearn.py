"""a random forest, a support vector machine, clusters, gradient boosting with OpenMP"""

DISTRIBUTIONS = ['scikit-learn']


def check():
    from sklearn.cluster import KMeans
    from sklearn.datasets import load_iris, make_blobs
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.model_selection import cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    data, labels = load_iris(return_X_y=True)
    machine = make_pipeline(StandardScaler(), SVC())
    scores = [
        cross_val_score(machine, data, labels, cv=3).mean(),
        RandomForestClassifier(20, random_state=0).fit(data, labels).score(data, labels),
        HistGradientBoostingClassifier(max_iter=20).fit(data, labels).score(data, labels),
    ]
    points, _ = make_blobs(300, centers=3, random_state=0)
    clusters = KMeans(3, n_init=2, random_state=0).fit(points)
    assert all(score > 0.9 for score in scores), scores
    return [[round(float(score), 6) for score in scores], round(float(clusters.inertia_), 4)]
