"""coroutines that switch stacks, exceptions among them"""

DISTRIBUTIONS = ['greenlet']


def check():
    from greenlet import getcurrent, greenlet

    trace = []

    def work(limit):
        for number in range(limit):
            trace.append(main.switch(number))
        raise ValueError('the end')

    main = getcurrent()
    worker = greenlet(work)
    received = [worker.switch(3)]
    received += [worker.switch(letter) for letter in 'ab']
    try:
        worker.switch('c')
    except ValueError as error:
        trace.append(str(error))
    return [trace, received, worker.dead]
