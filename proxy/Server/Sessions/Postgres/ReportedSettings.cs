using System.Buffers;
using System.Collections.Frozen;
using System.Text;
using JitProxy.Server.Forward;
using JitProxy.Wire.Postgres;

namespace JitProxy.Server.Sessions.Postgres;

/// <summary>The settings that a server reports to its clients and that are passed on (PostgreSQL section 55.2.7).</summary>
internal static class ReportedSettings
{
    private static readonly FrozenSet<string> Reported = new[]
    {
        "application_name", "client_encoding", "DateStyle", "default_transaction_read_only", "in_hot_standby", "integer_datetimes",
        "IntervalStyle", "is_superuser", "scram_iterations", "server_encoding", "server_version", "session_authorization",
        "standard_conforming_strings", "TimeZone",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>True if clients are told of this setting.</summary>
    public static bool IsReported(ReadOnlySpan<byte> name) => Reported.Contains(Encoding.UTF8.GetString(name));

    /// <summary>True if clients are told of this setting.</summary>
    public static bool IsReported(string name) => Reported.Contains(name);

    /// <summary>True if a client was told by the one what it would be told by the other.</summary>
    public static bool AreSame(IReadOnlyDictionary<string, string> told, IReadOnlyDictionary<string, string> now) => ReferenceEquals(told, now)
        || Reported.All(name => told.GetValueOrDefault(name) == now.GetValueOrDefault(name));

    /// <summary>Writes all that a client is told before its first statement.</summary>
    /// <param name="output">To the client.</param>
    /// <param name="statuses">What the server said of itself.</param>
    /// <param name="user">Whose session it is.</param>
    /// <param name="cancel">What it may cancel with.</param>
    public static void Greet(IBufferWriter<byte> output, IReadOnlyDictionary<string, string> statuses, string user, CancelKey cancel)
    {
        foreach (var (name, value) in statuses)
        {
            if (IsReported(name))
                Write(output, name, value, user);
        }

        PgBackendKeyData.Write(output, cancel.ProcessId, cancel.Secret);
        PgReadyForQuery.Write(output, PgTransactionStatus.Idle);
    }

    /// <summary>Writes the setting as the client is to see it.</summary>
    public static void Write(IBufferWriter<byte> output, string name, string value, string user) =>
        Write(output, Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(value), user);

    /// <summary>Writes the setting as the client is to see it: who they are is who they signed in as, and nobody is a superuser here.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, string user)
    {
        if (name.SequenceEqual("session_authorization"u8))
            PgParameterStatus.Write(output, name, Encoding.UTF8.GetBytes(user));
        else if (name.SequenceEqual("is_superuser"u8))
            PgParameterStatus.Write(output, name, "off"u8);
        else
            PgParameterStatus.Write(output, name, value);
    }
}
