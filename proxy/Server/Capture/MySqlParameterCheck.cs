using System.Text;
using JitProxy.Policy.Grants;
using JitProxy.Wire.MySql;

namespace JitProxy.Server.Capture;

/// <summary>Holds the values of an execution against what the grant allows: what COM_STMT_EXECUTE sends says of which type each of them is.</summary>
internal static class MySqlParameterCheck
{
    private const int DateSize = 4;

    /// <summary>Why the values are not allowed, as a clause; null if they are. Never holds a value.</summary>
    /// <param name="permit">The permit; null if the statement runs by rule.</param>
    /// <param name="execute">The command.</param>
    /// <param name="statement">The statement, with what was sent ahead.</param>
    public static string? FindObjection(Permit? permit, in MySqlStmtExecute execute, MySqlStatement statement)
    {
        if (permit is null || permit.ParameterRules.IsEmpty)
            return null;

        foreach (var rule in permit.ParameterRules)
        {
            if (!Allows(rule, execute, statement))
                return ParameterCheck.Objection(permit, rule, "parameter ");
        }

        return null;
    }

    private static bool Allows(ParameterRule rule, in MySqlStmtExecute execute, MySqlStatement statement)
    {
        // Attributes of the query follow the parameters, and are not passed on.
        if (rule.Index > statement.ParameterCount)
            return false;

        var index = 0;
        foreach (var item in execute.Parameters)
        {
            if (++index != rule.Index)
                continue;

            // What is sent ahead is a string to the server, whatever type comes with it.
            if (item.WasSentBefore)
                return rule.Allows(statement.LongDataOf(index - 1));

            return !item.Value.IsNull && Allows(rule, item.Type, item.Value.Bytes);
        }

        return false;
    }

    private static bool Allows(ParameterRule rule, MySqlParameterType type, ReadOnlySpan<byte> value)
    {
        // A server takes the day alone from what calls itself a date.
        if (type.Type == MySqlType.Date && value.Length > DateSize)
            return false;

        return MySqlParameters.TextOf(type, value) is { } text ? rule.Allows(Encoding.UTF8.GetBytes(text)) : rule.Allows(value);
    }
}
