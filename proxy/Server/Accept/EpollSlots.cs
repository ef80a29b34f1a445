// Which channel an event is for. The kernel keeps a 64-bit token per socket: the place in this table, and a count that
// makes the token of every later user of that place another one.
using System.Runtime.Versioning;

namespace JitProxy.Server.Accept;

/// <summary>The channels of a loop by their tokens. Any thread may add and remove; finding takes no lock.</summary>
[SupportedOSPlatform("linux")]
internal sealed class EpollSlots
{
    private readonly Lock _lock = new();
    private readonly Stack<int> _free = new();
    private EpollChannel?[] _channels = new EpollChannel?[64];
    private uint _generation;
    private int _used;

    /// <summary>Channels that have a place.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _used - _free.Count;
        }
    }

    /// <summary>Gives <paramref name="channel"/> a place. Its token, never 0.</summary>
    public ulong Add(EpollChannel channel)
    {
        lock (_lock)
        {
            if (!_free.TryPop(out var index))
            {
                index = _used++;
                if (index == _channels.Length)
                {
                    // A new array: a finder may be reading the old one, which stays true for what it looks for.
                    var larger = new EpollChannel?[index * 2];
                    _channels.CopyTo(larger, 0);
                    Volatile.Write(ref _channels, larger);
                }
            }

            _generation = unchecked(_generation + 1);
            if (_generation == 0)
                _generation = 1;
            var token = ((ulong)_generation << 32) | (uint)index;

            // The token is in the channel before a finder can see it.
            channel.Token = token;
            Volatile.Write(ref _channels[index], channel);
            return token;
        }
    }

    /// <summary>The channel of <paramref name="token"/>; null when it has gone.</summary>
    public EpollChannel? Find(ulong token)
    {
        var channels = Volatile.Read(ref _channels);
        var index = IndexOf(token);
        if (index >= (uint)channels.Length)
            return null;

        var channel = Volatile.Read(ref channels[index]);
        return channel?.Token == token ? channel : null;
    }

    /// <summary>Frees the place of <paramref name="token"/>, once.</summary>
    public void Remove(ulong token)
    {
        lock (_lock)
        {
            if (Find(token) is null)
                return;

            var index = IndexOf(token);
            _channels[index] = null;
            _free.Push((int)index);
        }
    }

    /// <summary>The channels at this moment.</summary>
    public List<EpollChannel> All()
    {
        lock (_lock)
            return [.. _channels.OfType<EpollChannel>()];
    }

    private static uint IndexOf(ulong token) => (uint)(token & uint.MaxValue);
}
