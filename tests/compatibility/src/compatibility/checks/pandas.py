"""a CSV file, groups, a join, time zones, moving averages"""

import io

DISTRIBUTIONS = ['pandas']


def check():
    import pandas as pd

    text = 'day,shop,sold\n2025-03-29,a,3\n2025-03-30,b,5\n2025-03-31,a,7\n'
    frame = pd.read_csv(io.StringIO(text), parse_dates=['day'])
    totals = frame.groupby('shop')['sold'].agg(['sum', 'mean'])
    names = pd.DataFrame({'shop': ['a', 'b'], 'name': ['Aachen', 'Bonn']})
    joined = frame.merge(names, on='shop').pivot_table(index='name', values='sold', aggfunc='sum')
    local = frame.set_index('day').tz_localize('UTC').tz_convert('Europe/Berlin')
    hours = local.index.hour.tolist()
    assert hours == [1, 1, 2], hours
    moving = frame['sold'].rolling(2).mean().tolist()[1:]
    resampled = frame.set_index('day').resample('2D')['sold'].sum().tolist()
    return [totals.to_dict(), joined['sold'].to_dict(), moving, resampled, frame.to_json()]
