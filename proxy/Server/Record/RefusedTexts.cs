namespace JitProxy.Server.Record;

/// <summary>
/// The texts of refused statements whose records do not hold them whole, so that who was refused can ask for the statement by the record's number. In
/// memory alone, and for the newest: what a rule keeps out of the store stays out of it.
/// </summary>
internal sealed class RefusedTexts
{
    /// <summary>Texts kept at most.</summary>
    public const int CountMax = 1000;

    /// <summary>Characters kept at most, over all texts.</summary>
    public const int LengthMax = 8 * 1024 * 1024;

    private readonly Lock _sync = new();
    private readonly Dictionary<long, string> _texts = [];
    private readonly Queue<long> _order = [];
    private int _length;

    /// <summary>Keeps a text; the oldest go for it.</summary>
    public void Keep(long seq, string text)
    {
        if (text.Length > LengthMax)
            return;

        lock (_sync)
        {
            if (!_texts.TryAdd(seq, text))
                return;

            _order.Enqueue(seq);
            _length += text.Length;
            while (_order.Count > CountMax || _length > LengthMax)
            {
                if (_texts.Remove(_order.Dequeue(), out var gone))
                    _length -= gone.Length;
            }
        }
    }

    /// <summary>The text of a refusal; null if it is not here, or no longer.</summary>
    public string? Find(long seq)
    {
        lock (_sync)
            return _texts.GetValueOrDefault(seq);
    }
}
