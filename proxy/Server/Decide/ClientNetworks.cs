using System.Collections.Immutable;
using System.Net;

namespace JitProxy.Server.Decide;

/// <summary>The networks that a grant may be used from, in CIDR notation (RFC 4632, RFC 4291 section 2.3).</summary>
internal static class ClientNetworks
{
    /// <summary>The most networks of one grant.</summary>
    public const int CountMax = 16;

    /// <summary>Reads a network; null if it is none, or if bits are set behind its prefix.</summary>
    public static string? Read(string text) =>
        IPNetwork.TryParse(text, out var network) ? IsWhole(text, network) ? network.ToString() : null
        : IPAddress.TryParse(text, out var address) && Plain(address) is var plain ? new IPNetwork(plain, Bits(plain)).ToString()
        : null;

    /// <summary>Whether a client is in one of the networks. No networks mean everywhere; what is no address is nowhere.</summary>
    /// <param name="networks">As <see cref="Read"/> gives them.</param>
    /// <param name="client">An address, with or without a port.</param>
    public static bool Hold(ImmutableArray<string> networks, string? client)
    {
        if (networks.IsDefaultOrEmpty)
            return true;
        if (client is null || !IPEndPoint.TryParse(client, out var end))
            return false;

        var address = Plain(end.Address);
        foreach (var text in networks)
        {
            if (IPNetwork.TryParse(text, out var network) && network.Contains(address))
                return true;
        }

        return false;
    }

    // 10.0.0.1/8 may mean one address or all of 10/8: unknown means no.
    private static bool IsWhole(string text, IPNetwork network) =>
        IPAddress.TryParse(text.AsSpan(0, text.IndexOf('/', StringComparison.Ordinal)), out var address) && address.Equals(network.BaseAddress);

    // A listener for both families calls an IPv4 client ::ffff:192.0.2.1.
    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static int Bits(IPAddress address) => address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork ? 32 : 128;
}
