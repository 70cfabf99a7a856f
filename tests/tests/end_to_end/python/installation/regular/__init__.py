VALUE = 'regular'
