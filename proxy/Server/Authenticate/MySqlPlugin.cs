using System.Text;

namespace JitProxy.Server.Authenticate;

/// <summary>The ways to prove a password in the MySQL protocol that this proxy knows.</summary>
internal enum MySqlPlugin : byte
{
    /// <summary>Another one.</summary>
    Unknown,

    /// <summary>SHA-1, of MySQL up to 8 and of MariaDB.</summary>
    NativePassword,

    /// <summary>SHA-256, of MySQL from 8 on; falls back to the password itself, over TLS or encrypted.</summary>
    CachingSha2Password,

    /// <summary>Ed25519, of MariaDB; only towards upstreams, because it takes another verifier.</summary>
    Ed25519,
}

/// <summary>The names of plugins on the wire.</summary>
internal static class MySqlPluginName
{
    private static readonly byte[] Native = Encoding.ASCII.GetBytes("mysql_native_password");
    private static readonly byte[] CachingSha2 = Encoding.ASCII.GetBytes("caching_sha2_password");
    private static readonly byte[] Ed25519 = Encoding.ASCII.GetBytes("client_ed25519");

    /// <summary>Which plugin is named.</summary>
    public static MySqlPlugin Read(ReadOnlySpan<byte> name)
    {
        if (name.SequenceEqual(Native))
            return MySqlPlugin.NativePassword;

        if (name.SequenceEqual(CachingSha2))
            return MySqlPlugin.CachingSha2Password;

        return name.SequenceEqual(Ed25519) ? MySqlPlugin.Ed25519 : MySqlPlugin.Unknown;
    }

    /// <summary>The name of a plugin.</summary>
    public static ReadOnlySpan<byte> Of(MySqlPlugin plugin) => plugin switch
    {
        MySqlPlugin.NativePassword => Native,
        MySqlPlugin.CachingSha2Password => CachingSha2,
        MySqlPlugin.Ed25519 => Ed25519,
        MySqlPlugin.Unknown => throw new ArgumentOutOfRangeException(nameof(plugin)),
    };
}
