using System.Net;
using System.Net.Sockets;

namespace JitProxy.Server.Authenticate;

/// <summary>
/// Slows down guessing: after some failures of a user from an address, that pair has to wait, longer after each further failure. After many
/// failures from an address, whoever the names were, all pairs from there wait that have not signed in before. Other addresses are not affected;
/// nobody is locked out for ever. Safe for several threads.
/// </summary>
internal sealed class LoginLimiter
{
    /// <summary>Failures of a pair before its first wait.</summary>
    public const int FailuresFree = 10;

    /// <summary>Failures from an address before its first wait. Many people may share one.</summary>
    public const int AddressFailuresFree = 100;

    /// <summary>The most pairs that are remembered; beyond it those that were heard of longest ago are forgotten.</summary>
    public const int EntriesMax = 50_000;

    /// <summary>The most addresses that are remembered.</summary>
    public const int AddressesMax = 20_000;

    private readonly Lock _gate = new();
    private readonly FailureTable _pairs;
    private readonly FailureTable _addresses;

    /// <summary>A limiter that remembers nobody.</summary>
    public LoginLimiter(TimeProvider clock)
    {
        _pairs = new(new(FailuresFree, TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(5)), EntriesMax, clock);
        _addresses = new(new(AddressFailuresFree, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1)), AddressesMax, clock);
    }

    /// <summary>How many pairs and addresses are remembered.</summary>
    public (int Pairs, int Addresses) Count
    {
        get
        {
            lock (_gate)
                return (_pairs.Count, _addresses.Count);
        }
    }

    /// <summary>Whether the pair may try now; if not, how long it has to wait.</summary>
    public bool MayTry(string user, EndPoint? remote, out TimeSpan wait)
    {
        var address = AddressOf(remote);
        lock (_gate)
            return MayTry(PairOf(user, address), address, out wait);
    }

    /// <summary>Counts a failure.</summary>
    public void Fail(string user, EndPoint? remote)
    {
        var address = AddressOf(remote);
        lock (_gate)
        {
            _pairs.Fail(PairOf(user, address));
            if (address.Length != 0)
                _addresses.Fail(address);
        }
    }

    /// <summary>
    /// The pair has shown the right secret: its failures are forgotten, and it may come in. Not so if others tried meanwhile and failed too often:
    /// who guesses many times at once is not better off for it.
    /// </summary>
    public bool TrySucceed(string user, EndPoint? remote, out TimeSpan wait)
    {
        var address = AddressOf(remote);
        var pair = PairOf(user, address);
        lock (_gate)
        {
            if (!MayTry(pair, address, out wait))
                return false;

            _pairs.Succeed(pair);
            return true;
        }
    }

    private bool MayTry(string pair, string address, out TimeSpan wait)
    {
        wait = _pairs.WaitOf(pair);
        if (wait <= TimeSpan.Zero && address.Length != 0 && !_pairs.IsKnown(pair))
            wait = _addresses.WaitOf(address);

        return wait <= TimeSpan.Zero;
    }

    // No name holds a NUL.
    private static string PairOf(string user, string address) => $"{user}\0{address}";

    // One subscriber has a whole /64 of IPv6 addresses. Clients of a local socket have none, and do not share a limit.
    private static string AddressOf(EndPoint? remote)
    {
        if (remote is not IPEndPoint { Address: var address })
            return "";

        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();

        return address.AddressFamily == AddressFamily.InterNetworkV6 ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)) : address.ToString();
    }
}
