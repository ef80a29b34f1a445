using JitProxy.Wire.MySql;

namespace JitProxy.Server.Share;

/// <summary>A statement that a shared connection to MySQL or MariaDB keeps prepared, from the command to prepare it on.</summary>
internal sealed class LaneStatement
{
    private int _left = -1;
    private MySqlParameterType[]? _types;

    /// <summary>The number that the server knows it by.</summary>
    public uint Id { get; private set; }

    /// <summary>How many parameters it has, by the server's count.</summary>
    public int ParameterCount { get; private set; }

    /// <summary>True once it can be executed.</summary>
    public bool IsReady { get; private set; }

    /// <summary>
    /// True if it can be executed for a session whose parameters have these types. The first execution settles them: a server remembers types, and one that
    /// saw others would convert, and describe the result, as nobody's own connection does.
    /// </summary>
    public bool Fits(MySqlParameterType[] types) => IsReady && ParameterCount == types.Length && (_types ??= types).AsSpan().SequenceEqual(types);

    /// <summary>Takes a packet of the answer to the command that prepares it.</summary>
    /// <param name="payload">What it carries.</param>
    /// <param name="endsWithOk">True if nothing follows the last definition of parameters, and of columns.</param>
    /// <param name="isDone">True behind the last packet.</param>
    /// <returns>False if the server did what it must not.</returns>
    public bool Take(ReadOnlySpan<byte> payload, bool endsWithOk, out bool isDone)
    {
        isDone = false;
        if (_left < 0)
        {
            // Refused: it is not tried here again, and its sessions hear why on their own connections.
            if (payload is [MySqlError.Header, ..])
            {
                isDone = true;
                return true;
            }

            if (!MySqlStmtPrepareOk.TryParse(payload, out var prepared))
                return false;

            (Id, ParameterCount) = (prepared.StatementId, prepared.ParameterCount);
            _left = PacketsOf(prepared.ParameterCount, endsWithOk) + PacketsOf(prepared.ColumnCount, endsWithOk);
        }
        else
        {
            _left--;
        }

        isDone = _left == 0;
        IsReady = isDone;
        return true;
    }

    private static int PacketsOf(int definitions, bool endsWithOk) => definitions == 0 ? 0 : definitions + (endsWithOk ? 0 : 1);
}
