using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using JitProxy.Policy.Sql;
using JitProxy.Server.Configuration;

namespace JitProxy.Server.Decide;

/// <summary>A command to the proxy itself, sent as a statement: no SQL begins with this word, so nothing is taken from the server.</summary>
/// <param name="Verb">What to do.</param>
/// <param name="Grant">For <see cref="JitVerb.Run"/>: the grant's number.</param>
internal sealed record JitCommand(JitVerb Verb, long Grant = 0)
{
    /// <summary>How the commands are written.</summary>
    public const string Usage = "JIT REQUEST ['4h'] [REASON 'ticket 123'] [UNMASK] [EXPORT], JIT GRANTS, JIT RUN 12, JIT STATUS";

    /// <summary>For <see cref="JitVerb.Request"/>: how long; null for the usual time.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>For <see cref="JitVerb.Request"/>: why; null if it was not said.</summary>
    public string? Reason { get; init; }

    /// <summary>For <see cref="JitVerb.Request"/>: masked columns in clear.</summary>
    public bool Unmask { get; init; }

    /// <summary>For <see cref="JitVerb.Request"/>: bulk extraction.</summary>
    public bool Export { get; init; }

    /// <summary>True if the text begins as a command.</summary>
    public static bool IsOne(NormalForm form) => Is(form, 0, "jit");

    /// <summary>Reads a command; false and what is wrong with it.</summary>
    public static bool TryParse(NormalForm form, [NotNullWhen(true)] out JitCommand? command, [NotNullWhen(false)] out string? fault)
    {
        command = null;
        fault = "the commands are " + Usage;
        switch (form.TokenCount)
        {
            case 2 when Is(form, 1, "status"):
                command = new(JitVerb.Status);
                return true;
            case 2 when Is(form, 1, "grants"):
                command = new(JitVerb.Grants);
                return true;
            case 3 when Is(form, 1, "run") && long.TryParse(form.TokenAt(2), NumberStyles.None, CultureInfo.InvariantCulture, out var grant):
                command = new(JitVerb.Run, grant);
                return true;
            case > 1 when Is(form, 1, "request"):
                return TryParseRequest(form, out command, out fault);
            default:
                return false;
        }
    }

    private static bool TryParseRequest(NormalForm form, [NotNullWhen(true)] out JitCommand? command, [NotNullWhen(false)] out string? fault)
    {
        command = null;
        var read = new JitCommand(JitVerb.Request);
        var at = 2;
        if (TryReadText(form, at, out var duration))
        {
            if (!Units.TryParseDuration(duration, out var length) || length <= TimeSpan.Zero)
            {
                fault = $"'{duration}' is no length of time; write '30m', '4h' or '2d'";
                return false;
            }

            read = read with { Duration = length };
            at++;
        }

        while (at < form.TokenCount)
        {
            if (Is(form, at, "reason") && TryReadText(form, at + 1, out var reason))
            {
                read = read with { Reason = reason };
                at += 2;
            }
            else if (Is(form, at, "unmask"))
            {
                read = read with { Unmask = true };
                at++;
            }
            else if (Is(form, at, "export"))
            {
                read = read with { Export = true };
                at++;
            }
            else
            {
                fault = $"\"{form.TokenAt(at)}\" is not understood here; the commands are {Usage}";
                return false;
            }
        }

        (command, fault) = (read, null);
        return true;
    }

    private static bool Is(NormalForm form, int index, string word) =>
        index < form.TokenCount && string.Equals(form.TokenAt(index), word, StringComparison.OrdinalIgnoreCase);

    // A plain literal: escapes are for people who paste, and would mean different things in different dialects.
    private static bool TryReadText(NormalForm form, int index, out string text)
    {
        text = index < form.TokenCount ? form.TokenAt(index) : "";
        if (text.Length < 2 || text[0] != '\'' || text[^1] != '\'' || text.AsSpan().ContainsAny('\\', '\n'))
            return false;

        text = text[1..^1].Replace("''", "'", StringComparison.Ordinal);
        return true;
    }
}
