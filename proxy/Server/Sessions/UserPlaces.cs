namespace JitProxy.Server.Sessions;

/// <summary>How many sessions each person has at one time, over all servers.</summary>
internal sealed class UserPlaces
{
    private readonly Lock _sync = new();
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);

    /// <summary>Takes a place; false if the person has as many as that.</summary>
    public bool TryEnter(string user, int max)
    {
        lock (_sync)
        {
            var count = _counts.GetValueOrDefault(user);
            if (count >= max)
                return false;

            _counts[user] = count + 1;
            return true;
        }
    }

    /// <summary>Gives a place back.</summary>
    public void Leave(string user)
    {
        lock (_sync)
        {
            var count = _counts[user] - 1;
            if (count == 0)
                _counts.Remove(user);
            else
                _counts[user] = count;
        }
    }
}
