"""a tokenizer trained, saved and used"""

DISTRIBUTIONS = ['tokenizers']


def check():
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE(unk_token='?'))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.BpeTrainer(vocab_size=60, special_tokens=['?'], show_progress=False)
    tokenizer.train_from_iterator(['low lower lowest', 'new newer newest'] * 10, trainer)
    again = Tokenizer.from_str(tokenizer.to_str())
    batch = again.encode_batch(['lowest newer', 'slow'] * 20)
    return [batch[0].tokens, batch[1].tokens, batch[0].offsets]
