using System.Buffers;
using System.Text;
using JitProxy.Server.Decide;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Capture;

/// <summary>A statement of a MySQL client: the text of a COM_QUERY, or a prepared one with the numbers that both sides know it by.</summary>
internal sealed class MySqlStatement(SessionIdentity who, byte[] text, Ruling ruling) : CapturedStatement(who, text, ruling)
{
    /// <summary>Bytes of parameters that one statement may be sent ahead of its execution.</summary>
    public const int LongDataSizeMax = 64 * 1024 * 1024;

    private ArrayBufferWriter<byte>?[]? _longData;
    private long _longDataSize;
    private bool? _isAboutSession;

    /// <summary>
    /// True if it may run on a connection that sessions share: its answer is not about the session, it was quick so far, and its runs are not counted.
    /// </summary>
    public bool IsShareable => Ruling is { Permit.IsLimited: false, Analyzed: { IsShareable: true, Pace.IsQuick: true } } && !IsAboutSession;

    // Variables of users and of the session begin with this.
    private bool IsAboutSession => _isAboutSession ??= Ruling.Text.AsSpan().Contains((byte)'@') || AsksForLast(Ruling.Text);

    /// <summary>The number that the client knows a prepared statement by; 0 for a COM_QUERY.</summary>
    public uint Id { get; init; }

    /// <summary>The number that the server knows it by.</summary>
    public uint UpstreamId { get; set; }

    /// <summary>True once the server refused to prepare it: for the client it does not exist.</summary>
    public bool IsRefused { get; set; }

    /// <summary>How many parameters it has, by the server's count.</summary>
    public int ParameterCount { get; set; }

    /// <summary>The types of the parameters at the last execution; a client may leave them out from then on.</summary>
    public MySqlParameterType[] ParameterTypes { get; set; } = [];

    /// <summary>The execution whose rows wait for COM_STMT_FETCH; null if no cursor is open.</summary>
    public MySqlRun? Cursor { get; private set; }

    /// <summary>What is wrong with the data sent ahead; it is told at the execution, since sending has no answer.</summary>
    public string? LongDataFault { get; private set; }

    /// <summary>For each parameter, whether its value was sent ahead; empty if none was.</summary>
    public bool[] SentAhead => _longData is null ? [] : Array.ConvertAll(_longData, static data => data is not null);

    /// <summary>The value of a parameter that was sent ahead.</summary>
    public ReadOnlySpan<byte> LongDataOf(int parameter) => _longData?[parameter] is { } data ? data.WrittenSpan : default;

    /// <summary>True if a text asks, or may ask, what the statement before it did. A name cannot be split or escaped.</summary>
    public static bool AsksForLast(ReadOnlySpan<byte> text)
    {
        for (var rest = text; rest.IndexOf((byte)'_') is var at && at >= 0; rest = rest[(at + 1)..])
        {
            if (EndsWith(rest[..at], "found"u8) && StartsWith(rest[(at + 1)..], "rows"u8))
                return true;

            if (EndsWith(rest[..at], "row"u8) && StartsWith(rest[(at + 1)..], "count"u8))
                return true;
        }

        return false;
    }

    /// <summary>Keeps a piece of a parameter's value until the execution.</summary>
    public void AddLongData(int parameter, ReadOnlySpan<byte> piece)
    {
        if (parameter >= ParameterCount)
        {
            LongDataFault = "a parameter that the statement does not have was sent ahead";
            return;
        }

        if (_longDataSize + piece.Length > LongDataSizeMax)
        {
            LongDataFault = $"parameters of more than {LongDataSizeMax} bytes were sent ahead";
            return;
        }

        _longDataSize += piece.Length;
        _longData ??= new ArrayBufferWriter<byte>?[ParameterCount];
        (_longData[parameter] ??= new()).Write(piece);
    }

    /// <summary>Forgets what was sent ahead, as an execution and COM_STMT_RESET do.</summary>
    public void ForgetLongData() => (_longData, _longDataSize, LongDataFault) = (null, 0, null);

    /// <summary>An execution has opened a cursor.</summary>
    public void OpenCursor(MySqlRun run) => Cursor = run;

    /// <summary>The cursor is closed, if one is open: what waited in it has ended.</summary>
    public void CloseCursor()
    {
        Cursor?.Running?.EndSuspended();
        Cursor = null;
    }

    /// <inheritdoc/>
    protected override void OnDecided() => _isAboutSession = null;

    private static bool EndsWith(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word) =>
        text.Length >= word.Length && Ascii.EqualsIgnoreCase(text[^word.Length..], word);

    private static bool StartsWith(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word) =>
        text.Length >= word.Length && Ascii.EqualsIgnoreCase(text[..word.Length], word);
}
