using System.Net;
using System.Net.Sockets;

namespace JitProxy.Server.Authenticate;

/// <summary>
/// Slows down guessing: after some failures of a user from an address, that pair has to wait, longer after each further failure. Other
/// users, and the same user from elsewhere, are not affected; nobody is locked out for ever. Safe for several threads.
/// </summary>
internal sealed class LoginLimiter
{
    /// <summary>Failures before the first wait.</summary>
    public const int FailuresFree = 10;

    /// <summary>The most pairs that are remembered; beyond it those that failed longest ago are forgotten.</summary>
    public const int EntriesMax = 50_000;

    private static readonly TimeSpan WaitMin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan WaitMax = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(15);

    private readonly Lock _gate = new();
    private readonly Dictionary<(string User, string Address), Failures> _entries = [];
    private readonly TimeProvider _clock;

    /// <summary>A limiter that remembers nobody.</summary>
    public LoginLimiter(TimeProvider clock) => _clock = clock;

    /// <summary>Whether the pair may try now; if not, how long it has to wait.</summary>
    public bool MayTry(string user, EndPoint? remote, out TimeSpan wait)
    {
        wait = TimeSpan.Zero;
        lock (_gate)
        {
            if (!_entries.TryGetValue((user, AddressOf(remote)), out var failures) || failures.Count < FailuresFree)
                return true;

            wait = WaitAfter(failures.Count) - _clock.GetElapsedTime(failures.LastAt);
            return wait <= TimeSpan.Zero;
        }
    }

    /// <summary>Counts a failure.</summary>
    public void Fail(string user, EndPoint? remote)
    {
        var key = (user, AddressOf(remote));
        var now = _clock.GetTimestamp();
        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out var failures) && _entries.Count >= EntriesMax)
                Forget();

            var isOld = _clock.GetElapsedTime(failures.LastAt, now) > Memory;
            _entries[key] = new(isOld ? 1 : failures.Count + 1, now);
        }
    }

    /// <summary>Forgets the failures of a pair that has signed in.</summary>
    public void Succeed(string user, EndPoint? remote)
    {
        lock (_gate)
            _entries.Remove((user, AddressOf(remote)));
    }

    private static TimeSpan WaitAfter(int count)
    {
        var doublings = Math.Min(count - FailuresFree, 10);
        var wait = WaitMin * (1 << doublings);
        return wait < WaitMax ? wait : WaitMax;
    }

    // One subscriber has a whole /64 of IPv6 addresses.
    private static string AddressOf(EndPoint? remote)
    {
        if (remote is not IPEndPoint { Address: var address })
            return "";

        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();

        return address.AddressFamily == AddressFamily.InterNetworkV6 ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)) : address.ToString();
    }

    // An eighth at a time, so that a full table does not cost a sweep for each failure.
    private void Forget()
    {
        var oldest = _entries.OrderBy(entry => entry.Value.LastAt).Take(EntriesMax / 8).Select(entry => entry.Key).ToArray();
        foreach (var key in oldest)
            _entries.Remove(key);
    }

    private readonly record struct Failures(int Count, long LastAt);
}
