VALUE = 'leaf'
