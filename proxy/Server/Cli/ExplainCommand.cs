using System.CommandLine;
using JitProxy.Server.Admin.Contract;

namespace JitProxy.Server.Cli;

/// <summary>`explain`.</summary>
internal static class ExplainCommand
{
    /// <summary>The command.</summary>
    public static Command Make(CommandMaker maker)
    {
        var database = CommandMaker.Text("--database", "Where", "SERVER/DATABASE", isRequired: true);
        var statement = CommandMaker.Text("--statement", "The statement", "SQL", isRequired: true);
        var schema = CommandMaker.Text("--schema", "Where unqualified names are looked up", "SCHEMA");
        return maker.Make(
            "explain",
            "Says what would happen to a statement; runs nothing",
            async (context, stop) =>
            {
                var wish = new ExplainBody(context.Parse.GetValue(database), context.Parse.GetValue(statement), context.Parse.GetValue(schema));
                using var client = context.Connect();
                var explanation = await client.SendAsync<Explanation>(HttpMethod.Post, "v1/explain", wish, stop);
                if (context.Terminal.IsJson)
                    context.Terminal.Json(explanation);
                else
                    ExplanationPage.Show(context.Terminal, explanation);

                return ExitCode.Done;
            },
            database,
            statement,
            schema);
    }
}
